import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { Access } from '@synnefo/api';
import { VolumeTypeService } from './volume-type.service.js';
import { volumeTypeV3View, volumeTypeView } from './volume-type.view.js';
import { OwnProjectGuard } from '../volume/own-project.guard.js';

/** Volume types of the Synnefo face (compute spec 1.9.2). */
@Access('token')
@Controller(['volume/v2.0/types', 'volume/v2/types'])
export class VolumeTypeController {
  constructor(private readonly types: VolumeTypeService) {}

  @Get()
  async list(): Promise<object> {
    return { volume_types: (await this.types.list()).map(volumeTypeView) };
  }

  @Get(':id')
  async show(@Param('id') id: string): Promise<object> {
    return { volume_type: volumeTypeView(await this.types.get(id)) };
  }
}

/** Volume types of block storage v3 (clients spec 4.13). */
@Access('token')
@UseGuards(OwnProjectGuard)
@Controller(['volume/v3/:project/types', 'volume/v3/types'])
export class VolumeTypeV3Controller {
  constructor(private readonly types: VolumeTypeService) {}

  @Get()
  async list(): Promise<object> {
    return { volume_types: (await this.types.list()).map(volumeTypeV3View) };
  }

  @Get('default')
  async showDefault(): Promise<object> {
    return { volume_type: volumeTypeV3View(await this.types.getDefault()) };
  }

  @Get(':id')
  async show(@Param('id') id: string): Promise<object> {
    return { volume_type: volumeTypeV3View(await this.types.get(id)) };
  }

  @Get(':id/extra_specs')
  async extraSpecs(@Param('id') id: string): Promise<object> {
    await this.types.get(id);
    return { extra_specs: {} };
  }
}
