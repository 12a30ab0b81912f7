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
  UseGuards,
} from '@nestjs/common';
import { Access, NotImplemented } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { type ListQuery, openstackList } from '../network/openstack-list.js';
import { type VolumeV3UpdateBody, volumeV3UpdateSchema } from './volume.schema.js';
import { OwnProjectGuard } from './own-project.guard.js';
import { VolumeService } from './volume.service.js';
import { volumeV3View } from './volume.view.js';

/** Volumes of block storage v3 (compute spec 9.5), with the project in the path and without. */
@Access('token')
@UseGuards(OwnProjectGuard)
@Controller(['volume/v3/:project/volumes', 'volume/v3/volumes'])
export class VolumeV3Controller {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly volumes: VolumeService,
  ) {}

  @Get()
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ListQuery): Promise<object> {
    const base = this.config.CYCLADES_BASE_URL;
    const volumes = await this.volumes.list(principal);
    const page = openstackList(
      'volumes',
      volumes.map((volume) => volumeV3View(volume, base)),
      query,
      this.url(principal, 'volumes'),
    );
    return { ...page, volumes: listOf(page.volumes).map(({ id, name, links }) => ({ id, name, links })) };
  }

  /** `all_tenants` of a user is ignored, as clients always send it (clients spec 3.1). */
  @Get('detail')
  async detail(
    @CurrentPrincipal() principal: Principal,
    @Query() query: ListQuery,
  ): Promise<Record<string, unknown>> {
    const base = this.config.CYCLADES_BASE_URL;
    const views = (await this.volumes.list(principal)).map((volume) => volumeV3View(volume, base));
    return openstackList('volumes', views, query, this.url(principal, 'volumes/detail'));
  }

  @Get('summary')
  async summary(@CurrentPrincipal() principal: Principal): Promise<object> {
    const volumes = await this.volumes.list(principal);
    const size = volumes.reduce((sum, { sizeGib }) => sum + sizeGib, 0);
    return { 'volume-summary': { total_size: size, total_count: volumes.length } };
  }

  @Post()
  @HttpCode(202)
  create(): never {
    throw new NotImplemented('Volumes are made with their server; detachable volumes are not offered yet.');
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { volume: volumeV3View(await this.volumes.getLive(principal, id), this.config.CYCLADES_BASE_URL) };
  }

  @Put(':id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: volumeV3UpdateSchema }) body: VolumeV3UpdateBody,
  ): Promise<object> {
    const volume = await this.volumes.update(principal, id, body.volume);
    return { volume: volumeV3View(volume, this.config.CYCLADES_BASE_URL) };
  }

  @Delete(':id')
  @HttpCode(202)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.volumes.remove(principal, id);
  }

  @Get(':id/metadata')
  async metadata(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { metadata: (await this.volumes.getLive(principal, id)).metadata };
  }

  private url(principal: Principal, path: string): string {
    return `${this.config.CYCLADES_BASE_URL}/volume/v3/${principal.projectId}/${path}`;
  }
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : []; // views are objects
}
