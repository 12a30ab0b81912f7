import { BadRequest, Access, ItemNotFound } from '@synnefo/api';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { ServerService } from './server.service.js';
import {
  type MetadataV21Body,
  metadataV21Rule,
  metadataV21Schema,
  type MetaV21Body,
  metaV21Schema,
} from './server.v2-1.schema.js';

/** Metadata of servers in compute v2.1: PUT of the whole replaces, an item's PUT answers 200. */
@Access('token')
@Controller('compute/v2.1/servers/:id/metadata')
export class ServerMetadataV21Controller {
  constructor(private readonly servers: ServerService) {}

  @Get()
  async list(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { metadata: await this.#metadataOf(principal, id) };
  }

  @Post()
  @HttpCode(200)
  async add(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: metadataV21Schema }) body: MetadataV21Body,
  ): Promise<object> {
    await this.servers.getLiving(principal, id);
    return {
      metadata: await this.servers.setMetadata(principal, id, body.metadata, {
        ...metadataV21Rule,
        replaces: false,
      }),
    };
  }

  @Put()
  async replace(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: metadataV21Schema }) body: MetadataV21Body,
  ): Promise<object> {
    await this.servers.getLiving(principal, id);
    return {
      metadata: await this.servers.setMetadata(principal, id, body.metadata, {
        ...metadataV21Rule,
        replaces: true,
      }),
    };
  }

  @Get(':key')
  async show(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('key') key: string,
  ): Promise<object> {
    const value = (await this.#metadataOf(principal, id))[key];
    if (value === undefined) throw new ItemNotFound(`Metadata item ${key} was not found.`);
    return { meta: { [key]: value } };
  }

  @Put(':key')
  async set(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('key') key: string,
    @Body({ schema: metaV21Schema }) body: MetaV21Body,
  ): Promise<object> {
    if (Object.keys(body.meta).join() !== key) throw new BadRequest('meta: exactly the key of the path');
    await this.servers.getLiving(principal, id);
    await this.servers.setMetadata(principal, id, body.meta, { ...metadataV21Rule, replaces: false });
    return { meta: body.meta };
  }

  @Delete(':key')
  @HttpCode(204)
  async remove(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('key') key: string,
  ): Promise<void> {
    await this.servers.getLiving(principal, id);
    await this.servers.removeMetadata(principal, id, key);
  }

  async #metadataOf(principal: Principal, id: string): Promise<Readonly<Record<string, string>>> {
    return (await this.servers.record(await this.servers.getLiving(principal, id))).metadata;
  }
}
