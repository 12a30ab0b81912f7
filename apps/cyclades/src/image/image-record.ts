import { BadRequest } from '@synnefo/api';
import type { ObjectRecord } from '../pithos-client/object-record.js';

/*
 * An image is an object of Pithos with attributes in the domain `plankton`, at least `plankton:name` (storage spec 4.2). This file alone knows how the attributes are spelled.
 * Those beyond the old specification serve the v2 face: they are written only when they differ from the default, because a domain holds 32 attributes.
 */

export type ImageStatus = 'QUEUED' | 'AVAILABLE' | 'UNAVAILABLE' | 'ERROR';

export interface Image {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly status: ImageStatus;
  readonly isDeactivated: boolean;
  readonly sizeBytes: number;
  readonly version: number;
  readonly mapName: string | null;
  readonly diskFormat: string;
  readonly containerFormat: string;
  readonly isPublic: boolean;
  /** Users beside the owner who may read. */
  readonly members: readonly string[];
  /** Meant to get members, though there may be none yet. */
  readonly isShared: boolean;
  readonly properties: Readonly<Record<string, string>>;
  readonly description: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly isSnapshot: boolean;
  /** Integer id of the volume that a snapshot was taken of. */
  readonly volumeId: number | null;
  /** Made by the v2 face or by a snapshot: its object goes with it (design §9). */
  readonly isManaged: boolean;
  readonly location: string;
  /** Merkle hash of the bytes in hex; null while a snapshot is not hashed. */
  readonly hash: string | null;
  readonly md5: string | null;
  readonly sha512: string | null;
  readonly minDiskGib: number;
  readonly minRamMib: number;
  readonly isProtected: boolean;
  readonly isHidden: boolean;
  readonly tags: readonly string[];
}

/** Where the v2 face and snapshots put their objects. */
export const IMAGES_CONTAINER = 'images';
export const SNAPSHOTS_CONTAINER = 'snapshots';
export const MANAGED_CONTAINERS: readonly string[] = [IMAGES_CONTAINER, SNAPSHOTS_CONTAINER];

const PREFIX = 'plankton:';
const PROPERTY_PREFIX = 'plankton:property:';
const KEY_LIMIT = 128;
const VALUE_LIMIT = 256;
const ATTRIBUTES_LIMIT = 32;
const HASH_TIE_LENGTH = 16;

/** The image in an object, or null when the object is none. */
export function imageOf(record: ObjectRecord): Image | null {
  const name = record.meta[`${PREFIX}name`];
  if (name === undefined) return null;
  const attribute = (key: string): string | undefined => record.meta[PREFIX + key];
  const properties = propertiesOf(record.meta);
  return {
    id: record.uuid,
    name: decodeText(name),
    owner: record.owner,
    status: statusOf(record, attribute('status')),
    sizeBytes: record.sizeBytes,
    version: record.version,
    mapName: record.mapName ?? null,
    diskFormat: attribute('disk_format') ?? 'diskdump',
    containerFormat: attribute('container_format') ?? 'bare',
    isPublic: record.permissions.read.includes('*'),
    members: record.permissions.read.filter((reader) => reader !== '*' && reader !== record.owner),
    properties,
    description: attribute('description') ?? properties.description ?? '',
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.modifiedAt),
    isSnapshot: record.isSnapshot,
    location: locationUrl(record),
    hash: record.hash ?? null,
    isManaged:
      MANAGED_CONTAINERS.includes(record.container) && (record.isSnapshot || attribute('managed') === 'yes'),
    ...digestsOf(attribute('digests'), record.hash ?? null),
    ...rarePartsOf(attribute),
  };
}

type RareParts = Pick<
  Image,
  'volumeId' | 'isShared' | 'isDeactivated' | 'minDiskGib' | 'minRamMib' | 'isProtected' | 'isHidden' | 'tags'
>;

/** What is written only when it differs from the default. */
function rarePartsOf(attribute: (key: string) => string | undefined): RareParts {
  const volumeId = Number.parseInt(attribute('volume_id') ?? '', 10);
  return {
    volumeId: Number.isNaN(volumeId) ? null : volumeId,
    isShared: attribute('shared') === 'yes',
    isDeactivated: attribute('deactivated') === 'yes',
    minDiskGib: Number(attribute('min_disk') ?? 0),
    minRamMib: Number(attribute('min_ram') ?? 0),
    isProtected: attribute('protected') === 'yes',
    isHidden: attribute('hidden') === 'yes',
    tags: (attribute('tags') ?? '').split(',').filter((tag) => tag !== ''),
  };
}

/** `pithos://<owner>/<container>/<path>`, parts percent-encoded. */
export function locationUrl(record: Pick<ObjectRecord, 'account' | 'container' | 'path'>): string {
  const path = record.path.split('/').map(encodeURIComponent).join('/');
  return `pithos://${encodeURIComponent(record.account)}/${encodeURIComponent(record.container)}/${path}`;
}

/** @throws BadRequest when it is not `pithos://<owner uuid>/<container>/<path>` */
export function parseLocation(url: string): { account: string; container: string; object: string } {
  const match = /^pithos:\/\/([^/]+)\/([^/]+)\/(.+)$/.exec(url);
  if (match === null)
    throw new BadRequest(`Invalid location '${url}': expected pithos://<account>/<container>/<object>`);
  try {
    const [account = '', container = '', object = ''] = match.slice(1).map(decodeURIComponent);
    return { account, container, object };
  } catch {
    throw new BadRequest(`Invalid location '${url}': bad percent-encoding`);
  }
}

export interface ImageAttributes {
  name?: string;
  diskFormat?: string;
  containerFormat?: string;
  description?: string;
  volumeId?: number;
  isQueued?: boolean;
  isManaged?: boolean;
  isShared?: boolean;
  isDeactivated?: boolean;
  isProtected?: boolean;
  isHidden?: boolean;
  minDiskGib?: number;
  minRamMib?: number;
  tags?: readonly string[];
  /** Digests of the bytes whose Merkle hash is given: other bytes make them void. */
  digests?: { md5: string; sha512: string; hash: string };
  /** null removes one. */
  properties?: Readonly<Record<string, string | null>>;
}

/** Attributes as Pithos keeps them; null stands for "remove". @throws BadRequest beyond the limits of storage spec 4.2 */
export function attributesOf(image: ImageAttributes): Record<string, string | null> {
  const fields: Record<string, string | null | undefined> = {
    name: text(image.name, encodeText),
    disk_format: image.diskFormat,
    container_format: image.containerFormat,
    description: image.description,
    volume_id: text(image.volumeId, String),
    status: text(image.isQueued, (isQueued) => (isQueued ? 'queued' : null)),
    managed: text(image.isManaged, flag),
    shared: text(image.isShared, flag),
    deactivated: text(image.isDeactivated, flag),
    protected: text(image.isProtected, flag),
    hidden: text(image.isHidden, flag),
    min_disk: text(image.minDiskGib, count),
    min_ram: text(image.minRamMib, count),
    tags: text(image.tags, (tags) => (tags.length === 0 ? null : tags.join(','))),
    digests: text(
      image.digests,
      ({ md5, sha512, hash }) => `${md5}.${sha512}.${hash.slice(0, HASH_TIE_LENGTH)}`,
    ),
  };
  const attributes: Record<string, string | null> = {};
  for (const [key, value] of Object.entries(fields))
    if (value !== undefined) attributes[PREFIX + key] = value;
  for (const [key, value] of Object.entries(image.properties ?? {}))
    attributes[PROPERTY_PREFIX + key] = value === null ? null : encodeText(value);
  assertLimits(attributes);
  return attributes;
}

/** What is not asked for stays away. */
function text<T>(value: T | undefined, write: (value: T) => string | null): string | null | undefined {
  return value === undefined ? undefined : write(value);
}

function flag(value: boolean): string | null {
  return value ? 'yes' : null;
}

function count(value: number): string | null {
  return value === 0 ? null : String(value);
}

/** The same for a new object, where there is nothing to remove. */
export function newAttributesOf(image: ImageAttributes): Record<string, string> {
  const entries = Object.entries(attributesOf(image));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** A name as an object name of Pithos: no slash (design §9), not empty, at most 200 characters. */
export function objectNameOf(imageName: string): string {
  const name = imageName.replaceAll('/', '_').slice(0, 200);
  return name === '' || name === '.' || name === '..' ? 'unnamed' : name;
}

/** Pithos drops attributes without a value, but names and properties of images may be empty: a leading backslash stands for "what follows". */
function encodeText(text: string): string {
  return text === '' || text.startsWith('\\') ? `\\${text}` : text;
}

function decodeText(text: string): string {
  return text.startsWith('\\') ? text.slice(1) : text;
}

function statusOf(record: ObjectRecord, attribute: string | undefined): ImageStatus {
  if (attribute === 'queued' && record.sizeBytes === 0) return 'QUEUED';
  if (record.available === 1) return 'AVAILABLE';
  return record.available === 0 ? 'UNAVAILABLE' : 'ERROR';
}

function propertiesOf(meta: Record<string, string>): Record<string, string> {
  const entries = Object.entries(meta).filter(([key]) => key.startsWith(PROPERTY_PREFIX));
  return Object.fromEntries(
    entries.map(([key, value]) => [key.slice(PROPERTY_PREFIX.length), decodeText(value)]),
  );
}

function digestsOf(
  attribute: string | undefined,
  hash: string | null,
): { md5: string | null; sha512: string | null } {
  const [md5, sha512, tie] = (attribute ?? '').split('.');
  const holds =
    md5 !== undefined && sha512 !== undefined && tie !== undefined && hash !== null && hash.startsWith(tie);
  return holds ? { md5, sha512 } : { md5: null, sha512: null };
}

function assertLimits(attributes: Record<string, string | null>): void {
  const entries = Object.entries(attributes);
  if (entries.length > ATTRIBUTES_LIMIT)
    throw new BadRequest(`An image has at most ${ATTRIBUTES_LIMIT} attributes.`);
  for (const [key, value] of entries) {
    if (key.length > KEY_LIMIT)
      throw new BadRequest(`Property name '${key.slice(PROPERTY_PREFIX.length)}' is too long.`);
    if (value !== null && value.length > VALUE_LIMIT) {
      throw new BadRequest(
        `The value of '${key.slice(key.lastIndexOf(':') + 1)}' is longer than ${VALUE_LIMIT} characters.`,
      );
    }
  }
}
