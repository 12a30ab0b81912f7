import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { Access, ItemNotFound } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { type ListQuery, openstackList } from '../network/openstack-list.js';
import {
  type SubnetBulkCreate,
  subnetBulkCreateSchema,
  type SubnetUpdate,
  subnetUpdateSchema,
} from './subnet.schema.js';
import { SubnetService } from './subnet.service.js';
import { openstackSubnetView, subnetRequest } from './subnet.view.js';

/** Subnets of the OpenStack face (compute spec 9.3). */
@Access('token')
@Controller('networking/v2.0/subnets')
export class OpenstackSubnetController {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly subnets: SubnetService,
  ) {}

  @Get()
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ListQuery): Promise<object> {
    const views = (await this.subnets.list(principal)).map(openstackSubnetView);
    return openstackList('subnets', views, query, `${this.config.CYCLADES_BASE_URL}/networking/v2.0/subnets`);
  }

  @Post()
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: subnetBulkCreateSchema }) body: SubnetBulkCreate,
  ): Promise<object> {
    if ('subnet' in body)
      return {
        subnet: openstackSubnetView(await this.subnets.create(principal, subnetRequest(body.subnet))),
      };
    const subnets: object[] = [];
    for (const fields of body.subnets)
      subnets.push(openstackSubnetView(await this.subnets.create(principal, subnetRequest(fields))));
    return { subnets };
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    const subnet = await this.subnets.get(principal, id);
    if (subnet.isDeleted) throw new ItemNotFound(`Subnet ${id} could not be found.`);
    return { subnet: openstackSubnetView(subnet) };
  }

  @Put(':id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: subnetUpdateSchema }) body: SubnetUpdate,
  ): Promise<object> {
    return { subnet: openstackSubnetView(await this.subnets.rename(principal, id, body.subnet.name)) };
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.subnets.remove(principal, id);
  }
}
