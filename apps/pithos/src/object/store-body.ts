import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

import { type Archipelago, merkleRoot } from '@synnefo/archipelago';
import { BadRequest, RequestEntityTooLarge } from '@synnefo/api';

import { BLOCK_SIZE_BYTES } from '../hashmap/hashmap.js';

/** Largest body of one upload (storage spec §1.1.3); a hashmap PUT has no such bound. */
export const MAX_BODY_BYTES = 5 * 1024 ** 3;
/** Blocks of one request in memory: one being filled, the others on their way to the store. */
const BLOCKS_IN_FLIGHT = 2;

export interface StoredBody {
  readonly sizeBytes: number;
  readonly hashes: Buffer[];
  /** Merkle hash in hex. */
  readonly hash: string;
  /** MD5 in hex. */
  readonly checksum: string;
}

/**
 * Cuts a body into blocks as it streams and stores each; memory stays at three blocks. MD5 is taken chunk by chunk, the
 * blocks' SHA-256 by the store.
 * @param lengthBytes as declared, or null for a chunked body
 * @throws BadRequest when the body is shorter than declared; RequestEntityTooLarge
 */
export async function storeBody(
  body: Readable,
  lengthBytes: number | null,
  blocks: Archipelago['blocks'],
): Promise<StoredBody> {
  const md5 = createHash('md5');
  const puts: Promise<Buffer>[] = [];
  const inFlight = new Set<Promise<Buffer>>();
  let sizeBytes = 0;
  try {
    for await (const block of cutBlocks(body, (chunk) => {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_BODY_BYTES) throw new RequestEntityTooLarge('Maximum size is reached');
      md5.update(chunk);
    })) {
      const put = blocks.put(block);
      puts.push(put);
      inFlight.add(put);
      const settle = (): void => void inFlight.delete(put);
      put.then(settle, settle);
      if (inFlight.size >= BLOCKS_IN_FLIGHT) await Promise.race(inFlight);
    }
  } catch (error) {
    await Promise.allSettled(puts);
    throw isBroken(error) ? new BadRequest('The body ended early.', { cause: error }) : error;
  }
  const hashes = await Promise.all(puts);
  if (lengthBytes !== null && sizeBytes !== lengthBytes)
    throw new BadRequest('The body is shorter than declared.');
  return { sizeBytes, hashes, hash: merkleRoot(hashes).toString('hex'), checksum: md5.digest('hex') };
}

/** Yields full blocks and a shorter last one; each is a buffer of its own. */
async function* cutBlocks(body: Readable, onChunk: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafe(0);
  let filled = 0;
  for await (const part of body) {
    let chunk = part as Buffer; // no encoding is set on request streams
    onChunk(chunk);
    while (chunk.length > 0) {
      if (filled === 0) block = Buffer.allocUnsafe(BLOCK_SIZE_BYTES);
      const taken = chunk.copy(block, filled);
      filled += taken;
      chunk = chunk.subarray(taken);
      if (filled === BLOCK_SIZE_BYTES) {
        yield block;
        filled = 0;
      }
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

function isBroken(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Reads a small body whole, for hashmap documents. @throws RequestEntityTooLarge */
export async function readSmallBody(body: Readable, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    const chunk = part as Buffer; // no encoding is set on request streams
    length += chunk.length;
    if (length > limitBytes) throw new RequestEntityTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
