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
import { Access } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { type ListQuery, openstackList } from '../network/openstack-list.js';
import { CreateSnapshot } from './create-snapshot.js';
import {
  type SnapshotV3Create,
  snapshotV3CreateSchema,
  type SnapshotV3Update,
  snapshotV3UpdateSchema,
} from './snapshot.schema.js';
import { SnapshotService } from './snapshot.service.js';
import { snapshotV3View } from './snapshot.view.js';
import { OwnProjectGuard } from '../volume/own-project.guard.js';

/** Snapshots of block storage v3 (compute spec 9.5, clients spec 3.5 and 4.13). */
@Access('token')
@UseGuards(OwnProjectGuard)
@Controller(['volume/v3/:project/snapshots', 'volume/v3/snapshots'])
export class SnapshotV3Controller {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly snapshots: SnapshotService,
    private readonly createSnapshot: CreateSnapshot,
  ) {}

  @Get(['', 'detail'])
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ListQuery): Promise<object> {
    const views = (await this.snapshots.list(principal, true)).map(snapshotV3View);
    const url = `${this.config.CYCLADES_BASE_URL}/volume/v3/${principal.projectId}/snapshots/detail`;
    return openstackList('snapshots', views, query, url);
  }

  @Post()
  @HttpCode(202)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: snapshotV3CreateSchema }) body: SnapshotV3Create,
  ): Promise<object> {
    const { volume_id: volume, name, description, metadata } = body.snapshot;
    const request = {
      name: name ?? undefined,
      description: description ?? undefined,
      metadata: metadata ?? undefined,
    };
    const image = await this.createSnapshot.ofVolume(principal, volume, request);
    return { snapshot: snapshotV3View(await this.snapshots.withVolume(image)) };
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { snapshot: snapshotV3View(await this.snapshots.get(principal, id)) };
  }

  @Put(':id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: snapshotV3UpdateSchema }) body: SnapshotV3Update,
  ): Promise<object> {
    const { name, description } = body.snapshot;
    const changes = { name: name ?? undefined, description: description ?? undefined };
    return { snapshot: snapshotV3View(await this.snapshots.update(principal, id, changes)) };
  }

  @Delete(':id')
  @HttpCode(202)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.snapshots.remove(principal, id);
  }

  @Get(':id/metadata')
  async metadata(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { metadata: (await this.snapshots.get(principal, id)).image.properties };
  }
}
