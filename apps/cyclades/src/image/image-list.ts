import { BadRequest } from '@synnefo/api';
import type { Image } from './image-record.js';
import type { PlanktonListQuery } from './image.schema.js';

const SORT_KEYS: Record<string, (image: Image) => string | number> = {
  id: (image) => image.id,
  name: (image) => image.name,
  status: (image) => image.status,
  size: (image) => image.sizeBytes,
  disk_format: (image) => image.diskFormat,
  container_format: (image) => image.containerFormat,
  created_at: (image) => image.createdAt.getTime(),
  updated_at: (image) => image.updatedAt.getTime(),
  owner: (image) => image.owner,
};

export interface Sort {
  readonly key: string;
  readonly direction: 'asc' | 'desc';
}

/** @throws BadRequest for a key or direction that does not exist */
export function sortImages(
  images: readonly Image[],
  sorts: readonly { key: string; direction: string }[],
): Image[] {
  const comparisons = sorts.map(({ key, direction }) => {
    const value = Object.hasOwn(SORT_KEYS, key) ? SORT_KEYS[key] : undefined;
    if (value === undefined) throw new BadRequest(`Invalid sort key '${key}'.`);
    if (direction !== 'asc' && direction !== 'desc')
      throw new BadRequest(`Invalid sort direction '${direction}'.`);
    const sign = direction === 'asc' ? 1 : -1;
    return (a: Image, b: Image) => sign * compare(value(a), value(b));
  });
  comparisons.push((a, b) => -compare(a.id, b.id));
  return [...images].sort(
    (a, b) => comparisons.map((comparison) => comparison(a, b)).find((order) => order !== 0) ?? 0,
  );
}

/** Filters of the header-style list (compute spec 1.7). */
export function matchesPlankton(image: Image, query: PlanktonListQuery, status: string): boolean {
  return (
    (query.name === undefined || image.name === query.name) &&
    (query.container_format === undefined || image.containerFormat === query.container_format) &&
    (query.disk_format === undefined || image.diskFormat === query.disk_format) &&
    (query.status === undefined || status === query.status.toUpperCase()) &&
    (query.size_min === undefined || image.sizeBytes >= query.size_min) &&
    (query.size_max === undefined || image.sizeBytes <= query.size_max)
  );
}

function compare(a: string | number, b: string | number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
