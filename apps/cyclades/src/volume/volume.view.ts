import { isoDateNoZone, isoDateOffset } from '@synnefo/api';
import type { VolumeDetails } from './volume.service.js';

/** The Synnefo face (compute spec 1.9.1). */
export function volumeView(volume: VolumeDetails, baseUrl: string) {
  const attachments =
    volume.serverId === null
      ? []
      : [{ server_id: volume.serverId, volume_id: volume.id, device_index: volume.index }];
  return {
    ...volumeSummary(volume, baseUrl),
    status: volume.status.toLowerCase(),
    size: volume.sizeGib,
    display_description: volume.description,
    created_at: isoDateOffset(volume.createdAt),
    metadata: volume.metadata,
    snapshot_id: sourceOf(volume, 'snapshot'),
    source_volid: sourceOf(volume, 'volume'),
    image_id: sourceOf(volume, 'image'),
    attachments,
    volume_type: volume.volumeTypeId,
    deleted: volume.isDeleted,
    delete_on_termination: volume.deletesOnTermination,
    user_id: volume.userUuid,
    tenant_id: volume.project,
    shared_to_project: volume.sharedToProject,
  };
}

export function volumeSummary(volume: VolumeDetails, baseUrl: string) {
  const href = `${baseUrl}/volume/v2.0/volumes/${volume.id}`;
  return {
    id: String(volume.id),
    display_name: volume.name,
    links: [
      { rel: 'self', href },
      { rel: 'bookmark', href },
    ],
  };
}

/** Block storage v3.0 (clients spec 4.12). */
export function volumeV3View(volume: VolumeDetails, baseUrl: string): Record<string, unknown> {
  const hasImage = Object.keys(volume.imageMetadata).length > 0;
  return {
    ...volumeV3Summary(volume, baseUrl),
    description: volume.description,
    size: volume.sizeGib,
    status: volume.status.toLowerCase().replace('in_use', 'in-use'),
    created_at: isoDateNoZone(volume.createdAt),
    updated_at: isoDateNoZone(volume.updatedAt),
    availability_zone: 'nova',
    volume_type: volume.typeName,
    snapshot_id: sourceOf(volume, 'snapshot'),
    source_volid: sourceOf(volume, 'volume'),
    metadata: volume.metadata,
    user_id: volume.userUuid,
    bootable: String(volume.index === 0 || hasImage),
    encrypted: false,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: false,
    'os-vol-tenant-attr:tenant_id': volume.project,
    attachments: attachmentsOf(volume),
    ...(hasImage ? { volume_image_metadata: volume.imageMetadata } : {}),
  };
}

export function volumeV3Summary(volume: VolumeDetails, baseUrl: string) {
  return {
    id: volume.uuid,
    name: volume.name,
    links: [
      { rel: 'self', href: `${baseUrl}/volume/v3/${volume.project}/volumes/${volume.uuid}` },
      { rel: 'bookmark', href: `${baseUrl}/volume/${volume.project}/volumes/${volume.uuid}` },
    ],
  };
}

function attachmentsOf(volume: VolumeDetails) {
  if (volume.serverUuid === null) return [];
  return [
    {
      id: volume.uuid,
      attachment_id: volume.uuid,
      volume_id: volume.uuid,
      server_id: volume.serverUuid,
      host_name: null,
      device: deviceOf(volume.index ?? 0),
      attached_at: isoDateNoZone(volume.createdAt),
    },
  ];
}

/** `/dev/vda` for index 0. */
function deviceOf(index: number): string {
  return `/dev/vd${String.fromCharCode('a'.charCodeAt(0) + index)}`;
}

function sourceOf(volume: VolumeDetails, kind: 'image' | 'snapshot' | 'volume'): string | null {
  const [type, id] = (volume.source ?? '').split(':');
  return type === kind && id !== undefined ? id : null;
}
