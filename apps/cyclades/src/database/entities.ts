import { CommissionEntity } from '@synnefo/commission';
import { AddressPoolEntity, AddressPoolValueEntity } from '../address-pool/address-pool.entity.js';
import { BackendEntity } from '../backend/backend.entity.js';
import { EffectEntity } from '../effect/effect.entity.js';
import { FlavorAccessEntity, FlavorEntity } from '../flavor/flavor.entity.js';
import { GntEventEntity } from '../gnt-event/gnt-event.entity.js';
import { ServerDiagnosticEntity } from '../gnt-event/server-diagnostic.entity.js';
import { InstallationEntity } from '../installation/installation.entity.js';
import { BackendNetworkEntity, NetworkEntity } from '../network/network.entity.js';
import { IpAddressEntity, PortEntity } from '../port/port.entity.js';
import { ServerEntity, ServerMetadataEntity } from '../server/server.entity.js';
import { SnapshotEntity } from '../snapshot/snapshot.entity.js';
import { AllocationPoolEntity, SubnetEntity } from '../subnet/subnet.entity.js';
import { VolumeEntity, VolumeMetadataEntity } from '../volume/volume.entity.js';
import { VolumeTypeEntity } from '../volume-type/volume-type.entity.js';

/** All tables of this app. */
export const ENTITIES = [
  AddressPoolEntity,
  AddressPoolValueEntity,
  AllocationPoolEntity,
  BackendEntity,
  BackendNetworkEntity,
  CommissionEntity,
  EffectEntity,
  FlavorAccessEntity,
  FlavorEntity,
  GntEventEntity,
  InstallationEntity,
  IpAddressEntity,
  NetworkEntity,
  PortEntity,
  ServerDiagnosticEntity,
  ServerEntity,
  ServerMetadataEntity,
  SnapshotEntity,
  SubnetEntity,
  VolumeEntity,
  VolumeMetadataEntity,
  VolumeTypeEntity,
];
