import { Body, Controller, Delete, Get, Inject, Param, Post, Put } from '@nestjs/common';
import { Access, BadRequest } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import {
  type SubnetCreate,
  subnetCreateSchema,
  type SubnetUpdate,
  subnetUpdateSchema,
} from './subnet.schema.js';
import { SubnetService } from './subnet.service.js';
import { subnetRequest, subnetView } from './subnet.view.js';

/** Subnets of the Synnefo face (compute spec 1.8.2). */
@Access('token')
@Controller('network/v2.0/subnets')
export class SubnetController {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly subnets: SubnetService,
  ) {}

  @Get(['', 'detail'])
  async list(@CurrentPrincipal() principal: Principal): Promise<object> {
    return {
      subnets: (await this.subnets.list(principal)).map((subnet) =>
        subnetView(subnet, this.config.CYCLADES_BASE_URL),
      ),
    };
  }

  @Post()
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: subnetCreateSchema }) body: SubnetCreate,
  ): Promise<object> {
    const subnet = await this.subnets.create(principal, subnetRequest(body.subnet));
    return { subnet: subnetView(subnet, this.config.CYCLADES_BASE_URL) };
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { subnet: subnetView(await this.subnets.get(principal, id), this.config.CYCLADES_BASE_URL) };
  }

  @Put(':id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: subnetUpdateSchema }) body: SubnetUpdate,
  ): Promise<object> {
    const subnet = await this.subnets.rename(principal, id, body.subnet.name);
    return { subnet: subnetView(subnet, this.config.CYCLADES_BASE_URL) };
  }

  @Delete(':id')
  remove(): never {
    throw new BadRequest('A subnet is deleted with its network.');
  }
}
