import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Access, pageLinks } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { pageFlavors } from './flavor-list.js';
import { type FlavorV21Query, flavorV21QuerySchema } from './flavor.schema.js';
import { type Flavor, FlavorService } from './flavor.service.js';
import { flavorV21Detail, flavorV21Summary } from './flavor.view.js';

const MAX_LIMIT = 1_000;

@Access('token')
@Controller('compute/v2.1/flavors')
export class FlavorV21Controller {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly flavors: FlavorService,
  ) {}

  @Get()
  list(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: flavorV21QuerySchema }) query: FlavorV21Query,
  ): Promise<object> {
    return this.#page(principal, query, '', flavorV21Summary);
  }

  @Get('detail')
  detail(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: flavorV21QuerySchema }) query: FlavorV21Query,
  ): Promise<object> {
    return this.#page(principal, query, '/detail', flavorV21Detail);
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { flavor: flavorV21Detail(await this.flavors.get(principal, id), this.config.CYCLADES_BASE_URL) };
  }

  @Get(':id/os-extra_specs')
  async extraSpecs(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    await this.flavors.get(principal, id);
    return { extra_specs: {} };
  }

  async #page(
    principal: Principal,
    query: FlavorV21Query,
    path: string,
    view: (flavor: Flavor, baseUrl: string) => object,
  ): Promise<object> {
    const baseUrl = this.config.CYCLADES_BASE_URL;
    const limit = Math.min(query.limit ?? MAX_LIMIT, MAX_LIMIT);
    const { page, hasMore } = pageFlavors(await this.flavors.list(principal), query, limit);
    const marker = hasMore ? page.at(-1) : undefined;
    const sent = { limit: query.limit?.toString(), is_public: query.is_public };
    const links = pageLinks(
      `${baseUrl}/compute/v2.1/flavors${path}`,
      sent,
      marker === undefined ? undefined : String(marker.id),
    );
    return {
      flavors: page.map((flavor) => view(flavor, baseUrl)),
      ...(links.length === 0 ? {} : { flavors_links: links }),
    };
  }
}
