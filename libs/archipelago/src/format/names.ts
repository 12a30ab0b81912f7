import { randomBytes } from 'node:crypto';
import { InvalidName } from '../errors.js';

const RESOURCE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{5,81}$/;
const FORBIDDEN = /^archip_|_lock$|_hash$|_[0-9a-f]{16}/;
const KEY = /^[A-Za-z0-9._-]{1,200}$/;

/**
 * Checks the name of a resource: 6 to 82 of `[A-Za-z0-9._-]`, no leading dot, nothing that could be taken for a lock,
 * a hash sidecar, map data or a private object (archipelago spec §2.6).
 */
export function assertResourceName(name: string): void {
  if (!RESOURCE_NAME.test(name) || FORBIDDEN.test(name)) {
    throw new InvalidName(`not a resource name: ${JSON.stringify(name.slice(0, 100))}`, { resource: name });
  }
}

/** Checks an object key: 1 to 200 of `[A-Za-z0-9._-]`, flat (archipelago spec §4.4). */
export function assertKey(key: string): void {
  if (!KEY.test(key) || key === '.' || key === '..')
    throw new InvalidName(`not an object key: ${JSON.stringify(key.slice(0, 250))}`);
}

/** 32 random hex digits in the shape of a version 4 UUID. */
export function newUuid(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex');
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** Keys of the maps store. */
export const mapKey = {
  alias: (name: string): string => `n_${name}`,
  head: (uuid: string): string => `h_${uuid}`,
  page: (hash: Buffer): string => `m_${hash.toString('hex')}`,
  lease: (uuid: string): string => `l_${uuid}`,
  journal: (uuid: string, generation: number, n: number): string =>
    `j_${uuid}_${hex(generation, 16)}_${hex(n, 8)}`,
  /** Records that are appended before their objects are synced; see `journal/`. */
  volatileJournal: (uuid: string, generation: number, n: number): string =>
    `v_${uuid}_${hex(generation, 16)}_${hex(n, 8)}`,
} as const;

export const ALIAS_PREFIX = 'n_';
