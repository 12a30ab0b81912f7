import { BadRequest, Conflict, Forbidden } from '@synnefo/api';
import { z } from 'zod';
import type { Image } from './image-record.js';
import { type ImageBase, imageBaseSchema, isBaseKey, READ_ONLY_KEYS } from './image.schema.js';

/*
 * JSON patch of image v2 (`application/openstack-images-v2.1-json-patch`; compute spec 9.4, clients spec 3.3): add, replace and remove on one level. `add` on what exists replaces,
 * since the openstack client sends nothing else.
 */

export const imagePatchSchema = z
  .array(
    z.object({ op: z.enum(['add', 'replace', 'remove']), path: z.string(), value: z.unknown().optional() }),
  )
  .max(128);
export type ImagePatch = z.infer<typeof imagePatchSchema>;

export interface ImageChanges {
  readonly base: Partial<ImageBase>;
  /** null removes the property. */
  readonly properties: Record<string, string | null>;
}

/** @throws BadRequest, Forbidden for what the service owns, Conflict for a property that is not there */
export function changesOf(patch: ImagePatch, image: Image): ImageChanges {
  const changes: ImageChanges = { base: {}, properties: {} };
  for (const { op, path, value } of patch) {
    const key = keyOf(path);
    if (READ_ONLY_KEYS.includes(key) || key === 'id' || key === 'pithos_location')
      throw new Forbidden(`Attribute '${key}' is read-only.`);
    if (isBaseKey(key)) Object.assign(changes.base, baseChange(op, key, value));
    else changes.properties[key] = propertyChange({ op, key, value }, image, changes);
  }
  return changes;
}

function baseChange(op: string, key: string, value: unknown): Partial<ImageBase> {
  if (op === 'remove') throw new Forbidden(`Attribute '${key}' may not be removed.`);
  const result = imageBaseSchema.partial().safeParse({ [key]: value });
  if (!result.success)
    throw new BadRequest(
      `Invalid value for attribute '${key}': ${result.error.issues[0]?.message ?? 'refused'}.`,
    );
  return result.data;
}

interface PropertyOperation {
  readonly op: ImagePatch[number]['op'];
  readonly key: string;
  readonly value: unknown;
}

function propertyChange(
  { op, key, value }: PropertyOperation,
  image: Image,
  changes: ImageChanges,
): string | null {
  const exists =
    (changes.properties[key] ?? image.properties[key]) !== undefined && changes.properties[key] !== null;
  if (op !== 'add' && !exists) throw new Conflict(`Property '${key}' does not exist.`);
  if (op === 'remove') return null;
  if (typeof value !== 'string') throw new BadRequest(`The value of property '${key}' must be a string.`);
  return value;
}

/** One reference token of RFC 6901: `~1` is `/`, `~0` is `~`. */
function keyOf(path: string): string {
  const match = /^\/([^/]+)$/.exec(path);
  if (match?.[1] === undefined)
    throw new BadRequest(`Invalid path '${path}': exactly one level is expected.`);
  return match[1].replaceAll('~1', '/').replaceAll('~0', '~');
}
