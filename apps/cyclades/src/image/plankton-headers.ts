import { BadRequest } from '@synnefo/api';
import type { ImageAttributes } from './image-record.js';

/*
 * Request headers of the header-style image API (compute spec 1.7): `X-Image-Meta-*`, values URL-quoted UTF-8.
 */

export interface PlanktonRequest {
  readonly location?: string;
  readonly size?: string;
  readonly checksum?: string;
  readonly isPublic?: boolean;
  readonly attributes: ImageAttributes;
}

const PREFIX = 'x-image-meta-';
const PROPERTY = 'property-';
const DISK_FORMATS: readonly string[] = ['diskdump', 'extdump', 'ntfsdump'];
const CONTAINER_FORMATS: readonly string[] = ['aki', 'ari', 'ami', 'bare', 'ovf'];
const ADD_KEYS = [
  'name',
  'location',
  'store',
  'disk-format',
  'container-format',
  'size',
  'checksum',
  'is-public',
  'owner',
];
const UPDATE_KEYS = ['name', 'disk-format', 'container-format', 'is-public', 'owner', 'status'];
const KNOWN_KEYS: readonly string[] = ['id', ...ADD_KEYS, 'status', 'created-at', 'updated-at', 'deleted-at'];

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Headers of POST: name and location are there. @throws BadRequest */
export function parseRegister(
  headers: Headers,
): PlanktonRequest & { readonly location: string; readonly attributes: { name: string } } {
  const fields = fieldsOf(headers, ADD_KEYS);
  const name = fields.get('name');
  const location = fields.get('location');
  if (name === undefined || name === '') throw new BadRequest('Image name is required.');
  if (location === undefined || location === '') throw new BadRequest('Image location is required.');
  const store = fields.get('store');
  if (store !== undefined && store !== 'pithos') throw new BadRequest(`Invalid store '${store}'.`);
  const attributes = {
    diskFormat: 'diskdump',
    containerFormat: 'bare',
    ...attributesOf(fields, headers),
    name,
  };
  return { ...requestOf(fields), location, attributes };
}

/** Headers of PUT: what is absent stays; an empty property value removes the property. @throws BadRequest */
export function parseUpdate(headers: Headers): PlanktonRequest {
  const fields = fieldsOf(headers, UPDATE_KEYS);
  return { ...requestOf(fields), attributes: attributesOf(fields, headers) };
}

function fieldsOf(headers: Headers, allowed: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [header, value] of Object.entries(headers)) {
    const key = keyOf(header);
    if (key === null || key.startsWith(PROPERTY) || !KNOWN_KEYS.includes(key)) continue;
    if (!allowed.includes(key)) throw new BadRequest(`Header '${header}' is not permitted here.`);
    fields.set(key, unquote(value));
  }
  return fields;
}

function requestOf(fields: Map<string, string>): Omit<PlanktonRequest, 'attributes'> {
  const isPublic = fields.get('is-public');
  return {
    location: fields.get('location'),
    size: fields.get('size'),
    checksum: fields.get('checksum'),
    isPublic: isPublic === undefined ? undefined : isPublic.toLowerCase() === 'true',
  };
}

function attributesOf(fields: Map<string, string>, headers: Headers): ImageAttributes {
  const attributes: ImageAttributes = {};
  const name = fields.get('name');
  if (name === '') throw new BadRequest('Image name must not be empty.');
  if (name !== undefined) attributes.name = name;
  const diskFormat = fields.get('disk-format');
  if (diskFormat !== undefined) attributes.diskFormat = oneOf(DISK_FORMATS, diskFormat, 'disk format');
  const containerFormat = fields.get('container-format');
  if (containerFormat !== undefined)
    attributes.containerFormat = oneOf(CONTAINER_FORMATS, containerFormat, 'container format');
  const properties = propertiesOf(headers);
  if (Object.keys(properties).length > 0) attributes.properties = properties;
  return attributes;
}

function propertiesOf(headers: Headers): Record<string, string | null> {
  const properties: Record<string, string | null> = {};
  for (const [header, value] of Object.entries(headers)) {
    const key = keyOf(header);
    if (key === null || !key.startsWith(PROPERTY)) continue;
    const name = unquote(key.slice(PROPERTY.length))
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]/gu, '_');
    if (name === '') throw new BadRequest('A property needs a name.');
    const text = unquote(value);
    properties[name] = text === '' ? null : text;
  }
  return properties;
}

function keyOf(header: string): string | null {
  const name = header.toLowerCase();
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : null;
}

function unquote(value: string | string[] | undefined): string {
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function oneOf(allowed: readonly string[], value: string, what: string): string {
  if (!allowed.includes(value))
    throw new BadRequest(`Invalid ${what} '${value}': one of ${allowed.join(', ')}.`);
  return value;
}
