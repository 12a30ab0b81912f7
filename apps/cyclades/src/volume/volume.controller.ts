import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { Access, ItemNotFound, NotImplemented } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { type VolumeUpdateBody, volumeUpdateSchema } from './volume.schema.js';
import { VolumeService } from './volume.service.js';
import { volumeView } from './volume.view.js';

/** Volumes of the Synnefo face (compute spec 1.9.1). */
@Access('token')
@Controller(['volume/v2.0/volumes', 'volume/v2/volumes'])
export class VolumeController {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly volumes: VolumeService,
  ) {}

  @Get(['', 'detail'])
  async list(@CurrentPrincipal() principal: Principal): Promise<object> {
    return {
      volumes: (await this.volumes.list(principal)).map((volume) =>
        volumeView(volume, this.config.CYCLADES_BASE_URL),
      ),
    };
  }

  @Post()
  create(): never {
    throw new NotImplemented('Volumes are made with their server; detachable volumes are not offered yet.');
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { volume: volumeView(await this.volumes.get(principal, id), this.config.CYCLADES_BASE_URL) };
  }

  @Put(':id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: volumeUpdateSchema }) body: VolumeUpdateBody,
  ): Promise<object> {
    const {
      display_name: name,
      display_description: description,
      delete_on_termination: deletesOnTermination,
    } = body.volume;
    if (deletesOnTermination === false)
      throw new NotImplemented('A volume cannot be kept when its server is deleted.');
    const volume = await this.volumes.update(principal, id, { name, description });
    return { volume: volumeView(volume, this.config.CYCLADES_BASE_URL) };
  }

  @Delete(':id')
  @HttpCode(202)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.volumes.remove(principal, id);
  }

  @Get(':id/metadata')
  async metadata(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { metadata: (await this.volumes.get(principal, id)).metadata };
  }

  @Get(':id/metadata/:key')
  async metadataItem(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('key') key: string,
  ): Promise<object> {
    const { metadata } = await this.volumes.get(principal, id);
    if (!Object.hasOwn(metadata, key)) throw new ItemNotFound('Metadata key not found.');
    return { meta: { [key]: metadata[key] } };
  }
}
