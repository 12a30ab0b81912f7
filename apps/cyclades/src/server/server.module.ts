import { Module } from '@nestjs/common';
import { BackendModule } from '../backend/backend.module.js';
import { FlavorModule } from '../flavor/flavor.module.js';
import { ImageModule } from '../image/image.module.js';
import { PortModule } from '../port/port.module.js';
import { PortsForServer } from '../port/ports-for-server.js';
import { SnapshotModule } from '../snapshot/snapshot.module.js';
import { VolumesForServer } from '../volume/volumes-for-server.js';
import { ActOnServer } from './act-on-server.js';
import { ApplyServerChange } from './apply-server-change.js';
import { CreateServer } from './create-server.js';
import { EnsureNetwork } from './ensure-network.js';
import { ServerController } from './server.controller.js';
import { ServerEffects } from './server-effects.js';
import { ServerInterfaceV21Controller } from './server-interface.v2-1.controller.js';
import { ServerMetadataV21Controller } from './server-metadata.v2-1.controller.js';
import { ServerParts } from './server-parts.js';
import { ServerRepository } from './server.repository.js';
import { ServerService } from './server.service.js';
import { ServerV21Controller } from './server.v2-1.controller.js';

@Module({
  imports: [BackendModule, FlavorModule, ImageModule, PortModule, SnapshotModule],
  controllers: [
    ServerController,
    ServerV21Controller,
    ServerInterfaceV21Controller,
    ServerMetadataV21Controller,
  ],
  providers: [
    ActOnServer,
    ApplyServerChange,
    CreateServer,
    EnsureNetwork,
    PortsForServer,
    ServerEffects,
    ServerParts,
    ServerRepository,
    ServerService,
    VolumesForServer,
  ],
  exports: [ApplyServerChange, EnsureNetwork, ServerService],
})
export class ServerModule {}
