import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Access } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { filterFlavors } from './flavor-list.js';
import { type FlavorQuery, flavorQuerySchema } from './flavor.schema.js';
import { FlavorService } from './flavor.service.js';
import { flavorDetail, flavorSummary } from './flavor.view.js';

@Access('token')
@Controller('compute/v2.0/flavors')
export class FlavorController {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly flavors: FlavorService,
  ) {}

  @Get()
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: flavorQuerySchema }) query: FlavorQuery,
  ): Promise<object> {
    const flavors = filterFlavors(await this.flavors.list(principal), query);
    return { flavors: flavors.map((flavor) => flavorSummary(flavor, this.config.CYCLADES_BASE_URL)) };
  }

  @Get('detail')
  async detail(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: flavorQuerySchema }) query: FlavorQuery,
  ): Promise<object> {
    const flavors = filterFlavors(await this.flavors.list(principal), query);
    return { flavors: flavors.map((flavor) => flavorDetail(flavor, this.config.CYCLADES_BASE_URL)) };
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { flavor: flavorDetail(await this.flavors.get(principal, id), this.config.CYCLADES_BASE_URL) };
  }

  @Get(':id/os-extra_specs')
  async extraSpecs(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    await this.flavors.get(principal, id);
    return { extra_specs: {} };
  }
}
