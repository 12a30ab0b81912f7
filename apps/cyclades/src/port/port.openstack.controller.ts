import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { Access } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { type ListQuery, openstackList } from '../network/openstack-list.js';
import {
  type PortBulkCreate,
  portBulkCreateSchema,
  type PortUpdate,
  portUpdateSchema,
} from './port.schema.js';
import { PortService } from './port.service.js';
import { openstackPortView, portRequest } from './port.view.js';

/** Ports of the OpenStack face (compute spec 9.3). */
@Access('token')
@Controller('networking/v2.0/ports')
export class OpenstackPortController {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly ports: PortService,
  ) {}

  @Get()
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ListQuery): Promise<object> {
    const views = (await this.ports.list(principal)).map(openstackPortView);
    return openstackList('ports', views, query, `${this.config.CYCLADES_BASE_URL}/networking/v2.0/ports`);
  }

  @Post()
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: portBulkCreateSchema }) body: PortBulkCreate,
  ): Promise<object> {
    if ('port' in body)
      return { port: openstackPortView(await this.ports.create(principal, portRequest(body.port))) };
    const ports: object[] = [];
    for (const fields of body.ports)
      ports.push(openstackPortView(await this.ports.create(principal, portRequest(fields))));
    return { ports };
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { port: openstackPortView(await this.ports.get(principal, id)) };
  }

  @Put(':id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: portUpdateSchema }) body: PortUpdate,
  ): Promise<object> {
    const { name } = body.port;
    const port =
      name === undefined ? await this.ports.get(principal, id) : await this.ports.rename(principal, id, name);
    return { port: openstackPortView(port) };
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.ports.remove(principal, id);
  }
}
