import type { Image } from './image-record.js';

/*
 * Image v2 bodies (clients spec 4.8): flat, every property a top-level string, paths relative to the service root and beginning with `/v2/` whatever prefix the service has.
 */

export type ImageV2Status = 'queued' | 'saving' | 'active' | 'deactivated' | 'error';

const DISK_FORMATS: Readonly<Record<string, string>> = { diskdump: 'raw' };

export function imageV2View(image: Image): Record<string, unknown> {
  const isQueued = image.status === 'QUEUED';
  return {
    ...image.properties,
    ...(image.isManaged ? {} : { pithos_location: image.location }),
    id: image.id,
    name: image.name === '' ? null : image.name,
    status: imageV2Status(image),
    visibility: visibilityOf(image),
    owner: image.owner,
    size: isQueued ? null : image.sizeBytes,
    virtual_size: isQueued ? null : image.sizeBytes,
    checksum: image.md5,
    os_hash_algo: image.sha512 === null ? null : 'sha512',
    os_hash_value: image.sha512,
    disk_format: DISK_FORMATS[image.diskFormat] ?? image.diskFormat,
    container_format: image.containerFormat,
    min_disk: image.minDiskGib,
    min_ram: image.minRamMib,
    protected: image.isProtected,
    os_hidden: image.isHidden,
    tags: image.tags,
    created_at: imageTime(image.createdAt),
    updated_at: imageTime(image.updatedAt),
    self: `/v2/images/${image.id}`,
    file: `/v2/images/${image.id}/file`,
    schema: '/v2/schemas/image',
  };
}

/** A failed snapshot is `error`, a word outside Glance's list, because the openstack client stops waiting at no other. */
export function imageV2Status(image: Image): ImageV2Status {
  if (image.status === 'QUEUED') return 'queued';
  if (image.status === 'UNAVAILABLE') return 'saving';
  if (image.status === 'ERROR') return 'error';
  return image.isDeactivated ? 'deactivated' : 'active';
}

export function visibilityOf(image: Image): 'public' | 'shared' | 'private' {
  if (image.isPublic) return 'public';
  return image.isShared || image.members.length > 0 ? 'shared' : 'private';
}

/** Whoever may read the image has accepted it: Pithos knows no other state of a reader. */
export function memberV2View(image: Image, member: string) {
  return {
    image_id: image.id,
    member_id: member,
    status: 'accepted',
    created_at: imageTime(image.updatedAt),
    updated_at: imageTime(image.updatedAt),
    schema: '/v2/schemas/member',
  };
}

export function imageTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** The word of the v2 face for what is stored, and back. */
export function storedDiskFormat(format: string): string {
  return format === 'raw' ? 'diskdump' : format;
}
