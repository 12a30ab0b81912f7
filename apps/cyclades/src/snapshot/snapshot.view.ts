import { isoDateNoZone, isoDateOffset } from '@synnefo/api';
import { GIB } from '@synnefo/units';
import type { ImageStatus } from '../image/image-record.js';
import type { Snapshot } from './snapshot.service.js';

const STATUS: Readonly<Record<ImageStatus, string>> = {
  AVAILABLE: 'AVAILABLE',
  UNAVAILABLE: 'CREATING',
  QUEUED: 'CREATING',
  ERROR: 'ERROR',
};

/** The Synnefo face (compute spec 1.9.3). */
export function snapshotView({ image, volumeId }: Snapshot, baseUrl: string) {
  const href = `${baseUrl}/volume/v2.0/snapshots/${image.id}`;
  return {
    id: image.id,
    size: sizeGib(image.sizeBytes),
    display_name: image.name,
    display_description: image.description,
    status: STATUS[image.status],
    user_id: image.owner,
    tenant_id: image.owner,
    'os-extended-snapshot-attribute:progress': image.status === 'AVAILABLE' ? '100%' : '0%',
    created_at: isoDateOffset(image.createdAt),
    metadata: image.properties,
    volume_id: volumeId === null ? null : String(volumeId),
    links: [
      { rel: 'self', href },
      { rel: 'bookmark', href },
    ],
  };
}

/** Block storage v3.0 (clients spec 4.13). */
export function snapshotV3View({ image, volumeUuid }: Snapshot): Record<string, unknown> {
  return {
    id: image.id,
    name: image.name,
    description: image.description === '' ? null : image.description,
    volume_id: volumeUuid ?? '',
    status: STATUS[image.status].toLowerCase(),
    size: sizeGib(image.sizeBytes),
    created_at: isoDateNoZone(image.createdAt),
    updated_at: isoDateNoZone(image.updatedAt),
    metadata: image.properties,
    'os-extended-snapshot-attributes:progress': image.status === 'AVAILABLE' ? '100%' : '0%',
    'os-extended-snapshot-attributes:project_id': image.owner,
  };
}

function sizeGib(sizeBytes: number): number {
  return Math.ceil(sizeBytes / GIB);
}
