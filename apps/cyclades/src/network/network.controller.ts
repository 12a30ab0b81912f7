import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { Access, BadRequest, Forbidden } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { ProjectUuid } from '@synnefo/units';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { isNetworkFlavor, NETWORK_FLAVORS } from './network-flavor.js';
import {
  type NetworkCreate,
  networkCreateSchema,
  type NetworkUpdate,
  networkUpdateSchema,
} from './network.schema.js';
import { NetworkService } from './network.service.js';
import { networkView } from './network.view.js';

/** Networks of the Synnefo face (compute spec 1.8.1). */
@Access('token')
@Controller('network/v2.0/networks')
export class NetworkController {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly networks: NetworkService,
  ) {}

  /** Lists are detailed; `/detail` is another name. */
  @Get(['', 'detail'])
  async list(@CurrentPrincipal() principal: Principal): Promise<object> {
    const networks = await this.networks.list(principal);
    return { networks: networks.map((network) => networkView(network, this.config.CYCLADES_BASE_URL)) };
  }

  @Post()
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: networkCreateSchema }) body: NetworkCreate,
  ): Promise<object> {
    const { type, name, project, shared_to_project: sharedToProject } = body.network;
    if (!isNetworkFlavor(type)) throw new BadRequest(`Invalid network type '${type}'.`);
    if (!NETWORK_FLAVORS[type].isForUsers) throw new Forbidden(`Can not create networks of type '${type}'.`);
    const charged = (project ?? principal.projectId) as ProjectUuid; // Astakos refuses what is no project of the caller
    const network = await this.networks.create(principal, {
      name,
      flavor: type,
      project: charged,
      sharedToProject,
    });
    return { network: networkView(network, this.config.CYCLADES_BASE_URL) };
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { network: networkView(await this.networks.get(principal, id), this.config.CYCLADES_BASE_URL) };
  }

  @Put(':id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: networkUpdateSchema }) body: NetworkUpdate,
  ): Promise<object> {
    const network = await this.networks.rename(principal, id, body.network.name);
    return { network: networkView(network, this.config.CYCLADES_BASE_URL) };
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.networks.remove(principal, id);
  }
}
