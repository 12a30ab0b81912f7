import type { Type } from '@nestjs/common';
import { BackendModule } from './backend/backend.module.js';
import { ComputeModule } from './compute/compute.module.js';
import { FlavorModule } from './flavor/flavor.module.js';
import { ImageModule } from './image/image.module.js';
import { NetworkModule } from './network/network.module.js';
import { PortModule } from './port/port.module.js';
import { QuotaModule } from './quota/quota.module.js';
import { ServerModule } from './server/server.module.js';
import { SnapshotModule } from './snapshot/snapshot.module.js';
import { SubnetModule } from './subnet/subnet.module.js';
import { VolumeModule } from './volume/volume.module.js';
import { VolumeTypeModule } from './volume-type/volume-type.module.js';

/** The features of the app, in both processes: the worker needs what they do with effects, the API their routes. */
export const FEATURES: Type[] = [
  BackendModule,
  ComputeModule,
  FlavorModule,
  ImageModule,
  NetworkModule,
  PortModule,
  QuotaModule,
  ServerModule,
  SnapshotModule,
  SubnetModule,
  VolumeModule,
  VolumeTypeModule,
];
