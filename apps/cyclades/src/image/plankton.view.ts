import type { Image } from './image-record.js';

/** Lists of the header-style API (compute spec 1.7). */
export function planktonSummary(image: Image) {
  return {
    status: planktonStatus(image),
    name: image.name,
    disk_format: image.diskFormat,
    container_format: image.containerFormat,
    size: image.sizeBytes,
    id: image.id,
  };
}

export function planktonDetail(image: Image) {
  return {
    ...planktonSummary(image),
    checksum: image.hash ?? '',
    location: image.location,
    created_at: planktonTime(image.createdAt),
    updated_at: planktonTime(image.updatedAt),
    deleted_at: '',
    is_public: image.isPublic,
    owner: image.owner,
    properties: image.properties,
    is_snapshot: image.isSnapshot,
    description: image.description,
  };
}

/** Answer headers of HEAD, POST and PUT: the detail fields, values percent-encoded. */
export function planktonHeaders(image: Image): Record<string, string> {
  const { properties, ...fields } = planktonDetail(image);
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(fields)) headers[headerName(key)] = quote(value);
  for (const [key, value] of Object.entries(properties))
    headers[headerName(`property-${encodeURIComponent(key)}`)] = quote(value);
  return headers;
}

export function planktonMembers(image: Image) {
  return { members: image.members.map((member) => ({ member_id: member, can_share: false })) };
}

/** A snapshot still being taken and an image without bytes are SAVING. */
function planktonStatus(image: Image): string {
  return image.status === 'UNAVAILABLE' || image.status === 'QUEUED' ? 'SAVING' : image.status;
}

/** `YYYY-MM-DD HH:MM:SS` in UTC. */
function planktonTime(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

function headerName(key: string): string {
  return `x-image-meta-${key.replaceAll('_', '-')}`;
}

function quote(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number'
    ? String(value)
    : encodeURIComponent(value).replaceAll('%20', ' ').replaceAll('%3A', ':').replaceAll('%2F', '/');
}
