import { Module } from '@nestjs/common';
import { BlockStorageController } from './block-storage.controller.js';
import { VolumeController } from './volume.controller.js';
import { VolumeService } from './volume.service.js';
import { VolumeV3Controller } from './volume.v3.controller.js';

@Module({
  controllers: [BlockStorageController, VolumeController, VolumeV3Controller],
  providers: [VolumeService],
  exports: [VolumeService],
})
export class VolumeModule {}
