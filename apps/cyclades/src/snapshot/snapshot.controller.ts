import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { Access } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { CreateSnapshot } from './create-snapshot.js';
import {
  type SnapshotCreate,
  snapshotCreateSchema,
  type SnapshotUpdate,
  snapshotUpdateSchema,
} from './snapshot.schema.js';
import { SnapshotService } from './snapshot.service.js';
import { snapshotView } from './snapshot.view.js';

/** Snapshots of the Synnefo face (compute spec 1.9.3). */
@Access('token')
@Controller(['volume/v2.0/snapshots', 'volume/v2/snapshots'])
export class SnapshotController {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly snapshots: SnapshotService,
    private readonly createSnapshot: CreateSnapshot,
  ) {}

  @Get(['', 'detail'])
  async list(@CurrentPrincipal() principal: Principal): Promise<object> {
    const snapshots = await this.snapshots.list(principal, false);
    return { snapshots: snapshots.map((snapshot) => snapshotView(snapshot, this.config.CYCLADES_BASE_URL)) };
  }

  @Post()
  @HttpCode(202)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: snapshotCreateSchema }) body: SnapshotCreate,
  ): Promise<object> {
    const {
      volume_id: volume,
      display_name: name,
      display_description: description,
      metadata,
    } = body.snapshot;
    const request = {
      name: name ?? undefined,
      description: description ?? undefined,
      metadata: metadata ?? undefined,
    };
    const image = await this.createSnapshot.ofVolume(principal, volume, request);
    return { snapshot: snapshotView(await this.snapshots.withVolume(image), this.config.CYCLADES_BASE_URL) };
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { snapshot: snapshotView(await this.snapshots.get(principal, id), this.config.CYCLADES_BASE_URL) };
  }

  @Put(':id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: snapshotUpdateSchema }) body: SnapshotUpdate,
  ): Promise<object> {
    const { display_name: name, display_description: description } = body.snapshot;
    const snapshot = await this.snapshots.update(principal, id, { name, description });
    return { snapshot: snapshotView(snapshot, this.config.CYCLADES_BASE_URL) };
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
