import { BadRequest } from '@synnefo/api';
import { z } from 'zod';

/** Constants of the deployment (storage spec §2.1); all stored maps depend on them. */
export const BLOCK_SIZE_BYTES = 4 * 1024 * 1024;
export const BLOCK_HASH = 'sha256';
/** The hash of no bytes: of the empty object and of every block of zeros. */
export const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** A hashmap document may name this many blocks (4 TiB); more is refused before anything is allocated. */
const MAX_BLOCKS = 1024 * 1024;

export interface Hashmap {
  readonly sizeBytes: number;
  /** 32-byte digests, one a block; none for the empty object. */
  readonly hashes: Buffer[];
}

const documentSchema = z.object({
  bytes: z.union([z.number(), z.string().regex(/^\d+$/)]),
  hashes: z.array(z.string()).max(MAX_BLOCKS),
  block_size: z.union([z.number(), z.string()]).optional(),
  block_hash: z.string().optional(),
});

/**
 * Reads the body of a hashmap PUT: `{"bytes": N, "hashes": ["hex", …]}` (storage spec §1.5.5).
 * @throws BadRequest with the guide's messages
 */
export function parseHashmap(text: string): Hashmap {
  const document = documentSchema.safeParse(parseJson(text));
  if (!document.success) throw new BadRequest('Invalid data formatting');
  const { bytes, hashes, block_size: size = BLOCK_SIZE_BYTES, block_hash: hash = BLOCK_HASH } = document.data;
  if (Number(size) !== BLOCK_SIZE_BYTES || hash !== BLOCK_HASH) {
    throw new BadRequest(`Block size is ${BLOCK_SIZE_BYTES}, block hash ${BLOCK_HASH}`);
  }
  const sizeBytes = Number(bytes);
  if (sizeBytes === 0 && (hashes.length === 0 || hashes.join() === EMPTY_HASH))
    return { sizeBytes, hashes: [] };
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || hashes.length !== blockCount(sizeBytes)) {
    throw new BadRequest("The object's size does not match with the object's hashmap length");
  }
  return { sizeBytes, hashes: hashes.map(parseHash) };
}

export function blockCount(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_SIZE_BYTES);
}

function parseHash(hex: string): Buffer {
  if (!/^[0-9a-f]{64}$/i.test(hex)) throw new BadRequest(`Invalid hash: ${hex.slice(0, 80)}`);
  return Buffer.from(hex, 'hex');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadRequest('Invalid data formatting', { cause: error });
  }
}

/** The hashmap document of an object, as JSON or XML. The empty object shows one hash. */
export function hashmapDocument(map: Hashmap, kind: 'json' | 'xml', name: string): string {
  const hashes = map.hashes.length === 0 ? [EMPTY_HASH] : map.hashes.map((hash) => hash.toString('hex'));
  if (kind === 'json') {
    return JSON.stringify({
      block_hash: BLOCK_HASH,
      block_size: BLOCK_SIZE_BYTES,
      bytes: map.sizeBytes,
      hashes,
    });
  }
  const attributes = `name="${escapeXml(name)}" bytes="${map.sizeBytes}" block_size="${BLOCK_SIZE_BYTES}" block_hash="${BLOCK_HASH}"`;
  const items = hashes.map((hash) => `<hash>${hash}</hash>`).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<object ${attributes}>${items}</object>`;
}

/** Text as it stands inside XML elements and attributes; characters that XML cannot hold are dropped. */
export function escapeXml(text: string): string {
  return text

    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}
