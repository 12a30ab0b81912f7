import { Module } from '@nestjs/common';
import { VolumeTypeController, VolumeTypeV3Controller } from './volume-type.controller.js';
import { VolumeTypeService } from './volume-type.service.js';

@Module({
  controllers: [VolumeTypeController, VolumeTypeV3Controller],
  providers: [VolumeTypeService],
  exports: [VolumeTypeService],
})
export class VolumeTypeModule {}
