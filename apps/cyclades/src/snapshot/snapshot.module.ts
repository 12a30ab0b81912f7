import { Module } from '@nestjs/common';
import { ImageModule } from '../image/image.module.js';
import { VolumeModule } from '../volume/volume.module.js';
import { CreateSnapshot } from './create-snapshot.js';
import { RegisterSnapshot } from './register-snapshot.js';
import { SnapshotController } from './snapshot.controller.js';
import { SnapshotEffect } from './snapshot-effect.js';
import { SnapshotLeftovers } from './snapshot-leftovers.js';
import { SnapshotService } from './snapshot.service.js';
import { SnapshotV3Controller } from './snapshot.v3.controller.js';
import { VolumeSealer } from './volume-sealer.js';

@Module({
  imports: [ImageModule, VolumeModule],
  controllers: [SnapshotController, SnapshotV3Controller],
  providers: [
    SnapshotService,
    CreateSnapshot,
    RegisterSnapshot,
    SnapshotEffect,
    SnapshotLeftovers,
    VolumeSealer,
  ],
  exports: [CreateSnapshot, SnapshotLeftovers, VolumeSealer],
})
export class SnapshotModule {}
