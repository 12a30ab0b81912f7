import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { acceptBody, Access } from '@synnefo/api';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { DEFAULT_TYPE } from '../object/content-type.js';
import { send } from '../http/send-reply.js';
import * as schema from './internal.schema.js';
import { InternalTransfer } from './internal-transfer.js';
import { InternalService } from './internal.service.js';
import type { ObjectRecord } from './object-record.view.js';

/** Calls of other services, behind the shared secret. Always POST with a JSON body, but for raw bytes. */
@Access('internal')
@Controller('pithos/internal/v1')
export class InternalController {
  constructor(
    private readonly service: InternalService,
    private readonly transfers: InternalTransfer,
  ) {}

  @Post('getByUuid')
  @HttpCode(200)
  getByUuid(@Body({ schema: schema.getByUuidSchema }) call: schema.GetByUuid): Promise<ObjectRecord> {
    return this.service.getByUuid(call.user, call.uuid, call.checkPermission);
  }

  @Post('getByLocation')
  @HttpCode(200)
  getByLocation(
    @Body({ schema: schema.getByLocationSchema }) call: schema.GetByLocation,
  ): Promise<ObjectRecord> {
    return this.service.getByLocation(call.user, call);
  }

  @Post('listDomain')
  @HttpCode(200)
  listDomain(
    @Body({ schema: schema.listDomainSchema }) call: schema.ListDomain,
  ): Promise<{ objects: ObjectRecord[] }> {
    return this.service.listDomain(call);
  }

  @Post('updateMeta')
  @HttpCode(200)
  updateMeta(@Body({ schema: schema.updateMetaSchema }) call: schema.UpdateMeta): Promise<ObjectRecord> {
    return this.service.updateMeta(call);
  }

  @Post('setPermissions')
  @HttpCode(200)
  setPermissions(
    @Body({ schema: schema.setPermissionsSchema }) call: schema.SetPermissions,
  ): Promise<ObjectRecord> {
    return this.service.setPermissions(call);
  }

  @Post('registerMap')
  @HttpCode(200)
  registerMap(@Body({ schema: schema.registerMapSchema }) call: schema.RegisterMap): Promise<ObjectRecord> {
    return this.service.registerMap(call);
  }

  @Post('updateStatus')
  @HttpCode(200)
  updateStatus(
    @Body({ schema: schema.updateStatusSchema }) call: schema.UpdateStatus,
  ): Promise<ObjectRecord> {
    return this.service.updateStatus(call.user, call.uuid, call.available);
  }

  @Post('createEmpty')
  @HttpCode(200)
  createEmpty(@Body({ schema: schema.createEmptySchema }) call: schema.CreateEmpty): Promise<ObjectRecord> {
    return this.service.createEmpty(call);
  }

  @Post('deleteByUuid')
  @HttpCode(200)
  deleteByUuid(
    @Body({ schema: schema.deleteByUuidSchema }) call: schema.DeleteByUuid,
  ): Promise<{ deleted: boolean }> {
    return this.service.deleteByUuid(call.user, call.uuid, call.onlyContainers);
  }

  @Put('objects/:uuid')
  upload(
    @Param('uuid', { schema: schema.uuidParamSchema }) uuid: string,
    @Query({ schema: schema.uploadQuerySchema }) query: schema.UploadQuery,
    @Req() request: FastifyRequest,
  ): Promise<ObjectRecord> {
    const length = request.headers['content-length'];
    const open = () => {
      acceptBody(request.raw);
      return request.raw;
    };
    return this.transfers.upload(query.user, uuid, {
      open,
      lengthBytes: length === undefined ? null : Number(length),
      onlyEmpty: query.onlyEmpty === 'true',
    });
  }

  @Get('objects/:uuid')
  async download(
    @Param('uuid', { schema: schema.uuidParamSchema }) uuid: string,
    @Query({ schema: schema.userQuerySchema }) query: { user: string },
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const range = request.headers.range;
    const found = await this.transfers.download(query.user, uuid, range);
    send(reply, { ...found, headers: { 'Content-Type': DEFAULT_TYPE, ...found.headers } });
  }
}
