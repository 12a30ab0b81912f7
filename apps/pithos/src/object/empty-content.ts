import { EMPTY_HASH } from '../hashmap/hashmap.js';
import type { Content } from '../version/versions.js';

/** What the empty object holds: no map, the hash of no bytes, the MD5 of no bytes. */
export const EMPTY_CONTENT: Content = {
  mapName: null,
  sizeBytes: 0,
  hash: EMPTY_HASH,
  checksum: 'd41d8cd98f00b204e9800998ecf8427e',
  isSnapshot: false,
  available: 1,
};
