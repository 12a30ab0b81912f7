import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { Access, Forbidden, ItemNotFound, NotImplemented } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { DEFAULT_USER_FLAVOR } from './network-flavor.js';
import {
  type OpenstackNetworkCreate,
  openstackNetworkCreateSchema,
  type OpenstackNetworkUpdate,
  openstackNetworkUpdateSchema,
} from './network.schema.js';
import { NetworkService } from './network.service.js';
import { openstackNetworkView } from './network.view.js';
import { type ListQuery, openstackList } from './openstack-list.js';
import { overQuota } from './over-quota.js';

/** Networks of the OpenStack face (compute spec 9.3). */
@Access('token')
@Controller('networking/v2.0/networks')
export class OpenstackNetworkController {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly networks: NetworkService,
  ) {}

  @Get()
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ListQuery): Promise<object> {
    const views = (await this.networks.list(principal)).map(openstackNetworkView);
    return openstackList(
      'networks',
      views,
      query,
      `${this.config.CYCLADES_BASE_URL}/networking/v2.0/networks`,
    );
  }

  @Post()
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: openstackNetworkCreateSchema }) body: OpenstackNetworkCreate,
  ): Promise<object> {
    if ('network' in body) return { network: await this.createOne(principal, body.network) };
    const networks: object[] = [];
    for (const network of body.networks) networks.push(await this.createOne(principal, network));
    return { networks };
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    const network = await this.networks.get(principal, id);
    if (network.isDeleted) throw new ItemNotFound(`Network ${id} could not be found.`);
    return { network: openstackNetworkView(network) };
  }

  @Put(':id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: openstackNetworkUpdateSchema }) body: OpenstackNetworkUpdate,
  ): Promise<object> {
    const { name } = body.network;
    const network =
      name === undefined
        ? await this.networks.get(principal, id)
        : await this.networks.rename(principal, id, name);
    return { network: openstackNetworkView(network) };
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    const network = await this.networks.get(principal, id);
    if (network.isDeleted) throw new ItemNotFound(`Network ${id} could not be found.`);
    await this.networks.remove(principal, id);
  }

  private async createOne(principal: Principal, request: NewNetwork): Promise<object> {
    if (request['router:external'] || request.shared)
      throw new Forbidden('Public networks are made by the operator.');
    if (!request.admin_state_up) throw new NotImplemented('A network cannot be switched off.');
    const { name } = request;
    const network = {
      name,
      flavor: DEFAULT_USER_FLAVOR,
      project: principal.projectId,
      sharedToProject: false,
    } as const;
    return openstackNetworkView(await overQuota(this.networks.create(principal, network)));
  }
}

type NewNetwork = Extract<OpenstackNetworkCreate, { network: unknown }>['network'];
