import { isoDate, isoDateOffset } from '@synnefo/api';
import type { Image } from './image-record.js';

/** Links of a compute image: itself, and the image service's address of it. */
function links(image: Image, baseUrl: string, version: string) {
  const href = `${baseUrl}/compute/${version}/images/${image.id}`;
  return [
    { rel: 'self', href },
    { rel: 'bookmark', href },
    {
      rel: 'alternate',
      type: 'application/vnd.openstack.image',
      href: `${baseUrl}/image/v2/images/${image.id}`,
    },
  ];
}

function status(image: Image): string {
  if (image.status === 'ERROR') return 'ERROR';
  return image.status === 'AVAILABLE' ? 'ACTIVE' : 'SAVING';
}

export function computeImageSummary(image: Image, baseUrl: string, version: string) {
  return { id: image.id, name: image.name, links: links(image, baseUrl, version) };
}

/** Compute spec 1.5. */
export function computeImageView(image: Image, baseUrl: string) {
  return {
    ...computeImageSummary(image, baseUrl, 'v2.0'),
    updated: isoDateOffset(image.updatedAt),
    created: isoDateOffset(image.createdAt),
    status: status(image),
    progress: image.status === 'AVAILABLE' ? 100 : 0,
    user_id: image.owner,
    tenant_id: image.owner,
    public: image.isPublic,
    metadata: image.properties,
    is_snapshot: image.isSnapshot,
  };
}

/** Clients spec 4.4. */
export function computeImageV21View(image: Image, baseUrl: string) {
  return {
    ...computeImageSummary(image, baseUrl, 'v2.1'),
    updated: isoDate(image.updatedAt),
    created: isoDate(image.createdAt),
    status: status(image),
    progress: image.status === 'AVAILABLE' ? 100 : 0,
    minDisk: image.minDiskGib,
    minRam: image.minRamMib,
    metadata: image.properties,
    'OS-EXT-IMG-SIZE:size': image.sizeBytes,
  };
}
