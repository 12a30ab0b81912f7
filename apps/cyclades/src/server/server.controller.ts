import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import { Access, BadRequest, ItemNotFound } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { quotaFault } from '@synnefo/commission';
import type { FastifyReply } from 'fastify';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { ActOnServer } from './act-on-server.js';
import { changesSince } from './changes-since.js';
import { CreateServer } from './create-server.js';
import { newServer } from './new-server.js';
import { requestedAction } from './server-action.js';
import {
  type ActionBody,
  actionSchema,
  type MetaBody,
  metaBodySchema,
  type MetadataBody,
  metadataBodySchema,
  metadataRule,
  type ServerCreateBody,
  serverCreateSchema,
  type ServerQuery,
  serverQuerySchema,
  type ServerRenameBody,
  serverRenameSchema,
} from './server.schema.js';
import { ServerService } from './server.service.js';
import { serverDetail, serverSummary } from './server.view.js';

/** Servers on the Synnefo face. Source: compute spec 1.2, 1.3. */
@Access('token')
@Controller('compute/v2.0/servers')
export class ServerController {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly servers: ServerService,
    private readonly createServer: CreateServer,
    private readonly actOnServer: ActOnServer,
  ) {}

  @Get()
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: serverQuerySchema }) query: ServerQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const since = sinceOf(query);
    const servers = await this.servers.list(principal, { changesSince: since });
    if (since !== undefined && servers.length === 0) return void reply.code(304);
    return {
      servers: servers.map((server) => ({
        ...serverSummary(server, this.#baseUrl),
        ...(server.isDeleted ? { deleted: true } : {}),
      })),
    };
  }

  @Get('detail')
  async detail(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: serverQuerySchema }) query: ServerQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const since = sinceOf(query);
    const records = await this.servers.listRecords(principal, { changesSince: since });
    if (since !== undefined && records.length === 0) return void reply.code(304);
    return { servers: records.map((record) => serverDetail(record, this.#baseUrl)) };
  }

  @Post()
  @HttpCode(202)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: serverCreateSchema }) body: ServerCreateBody,
  ): Promise<object> {
    const { server, adminPass } = await this.createServer
      .create(principal, newServer(body))
      .catch((error: unknown) => {
        throw quotaFault(error);
      });
    return {
      server: {
        ...serverDetail(await this.servers.record(server), this.#baseUrl),
        status: 'BUILD',
        adminPass,
      },
    };
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    const record = await this.servers.record(await this.servers.get(principal, id));
    return { server: serverDetail(record, this.#baseUrl) };
  }

  @Put(':id')
  @HttpCode(204)
  async rename(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: serverRenameSchema }) body: ServerRenameBody,
  ): Promise<void> {
    await this.servers.rename(principal, id, body.server.name);
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.actOnServer.act(principal, id, { kind: 'DESTROY' }).catch((error: unknown) => {
      throw quotaFault(error);
    });
  }

  @Post(':id/action')
  @HttpCode(202)
  async action(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: actionSchema }) body: ActionBody,
  ): Promise<void> {
    await this.servers.get(principal, id);
    await this.actOnServer.act(principal, id, requestedAction(body)).catch((error: unknown) => {
      throw quotaFault(error);
    });
  }

  @Get(':id/metadata')
  async metadata(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { metadata: await this.#metadataOf(principal, id) };
  }

  @Post(':id/metadata')
  async addMetadata(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: metadataBodySchema }) body: MetadataBody,
  ): Promise<object> {
    return {
      metadata: await this.servers.setMetadata(principal, id, body.metadata, {
        ...metadataRule,
        replaces: false,
      }),
    };
  }

  @Get(':id/metadata/:key')
  async metadataItem(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('key') key: string,
  ): Promise<object> {
    const value = (await this.#metadataOf(principal, id))[key];
    if (value === undefined) throw new ItemNotFound(`Metadata item ${key} was not found.`);
    return { meta: { [key]: value } };
  }

  @Put(':id/metadata/:key')
  @HttpCode(201)
  async setMetadataItem(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('key') key: string,
    @Body({ schema: metaBodySchema }) body: MetaBody,
  ): Promise<object> {
    if (Object.keys(body.meta).join() !== key) throw new BadRequest('meta: exactly the key of the path');
    await this.servers.setMetadata(principal, id, body.meta, { ...metadataRule, replaces: false });
    return { meta: body.meta };
  }

  @Delete(':id/metadata/:key')
  @HttpCode(204)
  async removeMetadataItem(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('key') key: string,
  ): Promise<void> {
    await this.servers.removeMetadata(principal, id, key);
  }

  async #metadataOf(principal: Principal, id: string): Promise<Readonly<Record<string, string>>> {
    return (await this.servers.record(await this.servers.get(principal, id))).metadata;
  }

  get #baseUrl(): string {
    return this.config.CYCLADES_BASE_URL;
  }
}

function sinceOf(query: ServerQuery): Date | undefined {
  const text = query['changes-since'];
  return text === undefined ? undefined : changesSince(text, new Date());
}
