import type { Extent } from '../block-device.js';
import type { MetaContext } from './meta-context.js';
import type { Request } from './request.js';
import { CHUNK_MAGIC, ChunkFlag, ChunkType, SIMPLE_REPLY_MAGIC } from './protocol.js';

/** A piece of a read's answer. */
export type ReadPiece = { readonly offset: number } & (
  { readonly data: Buffer } | { readonly holeBytes: number }
);

export function simpleReply(cookie: Buffer, error: number): Buffer {
  const reply = Buffer.allocUnsafe(16);
  reply.writeUInt32BE(SIMPLE_REPLY_MAGIC, 0);
  reply.writeUInt32BE(error, 4);
  cookie.copy(reply, 8);
  return reply;
}

/** Bytes in front of the data of a read's answer in one piece. */
export function readHeadBytes(isStructured: boolean): number {
  return isStructured ? 28 : 16;
}

/** Writes what is in front of the data of a whole, successful read into the beginning of `reply`. */
export function fillReadHead(reply: Buffer, isStructured: boolean, request: Request): void {
  const { cookie, offset, length } = request;
  if (!isStructured) {
    fillSimpleReply(reply, cookie);
    return;
  }
  fillChunkHead(reply, cookie, { type: ChunkType.offsetData, flags: ChunkFlag.done, bytes: 8 + length });
  fillOffset(reply, offset);
}

export const HOLE_REPLY_BYTES = 32;

/** Writes the answer to a read of nothing but a hole. */
export function fillHoleReply(reply: Buffer, { cookie, offset, length }: Request): void {
  fillChunkHead(reply, cookie, { type: ChunkType.offsetHole, flags: ChunkFlag.done, bytes: 12 });
  fillOffset(reply, offset);
  reply.writeUInt32BE(length, 28);
}

export const SIMPLE_REPLY_BYTES = 16;

/** Writes a simple reply of success. */
export function fillSimpleReply(reply: Buffer, cookie: Buffer): void {
  reply.writeUInt32BE(SIMPLE_REPLY_MAGIC, 0);
  reply.writeUInt32BE(0, 4);
  reply.set(cookie, 8);
}

function fillOffset(reply: Buffer, offset: number): void {
  reply.writeUInt32BE(Math.floor(offset / 2 ** 32), 20);
  reply.writeUInt32BE(offset % 2 ** 32, 24);
}

function fillChunkHead(
  head: Buffer,
  cookie: Buffer,
  chunk: { type: number; flags: number; bytes: number },
): void {
  head.writeUInt32BE(CHUNK_MAGIC, 0);
  head.writeUInt16BE(chunk.flags, 4);
  head.writeUInt16BE(chunk.type, 6);
  head.set(cookie, 8);
  head.writeUInt32BE(chunk.bytes, 16);
}

/** A chunk's header and the first `fixedBytes` of its payload, which the caller fills from byte 20 on; `restBytes` more follow. */
function chunkHead(
  cookie: Buffer,
  chunk: { type: number; flags: number; fixedBytes: number; restBytes: number },
): Buffer {
  const head = Buffer.allocUnsafe(20 + chunk.fixedBytes);
  fillChunkHead(head, cookie, { ...chunk, bytes: chunk.fixedBytes + chunk.restBytes });
  return head;
}

/** The chunks of a whole, successful read. */
export function readChunks(cookie: Buffer, pieces: readonly ReadPiece[]): Buffer[] {
  if (pieces.length === 0)
    return [chunkHead(cookie, { type: ChunkType.none, flags: ChunkFlag.done, fixedBytes: 0, restBytes: 0 })];
  return pieces.flatMap((piece, index) => {
    const flags = index === pieces.length - 1 ? ChunkFlag.done : 0;
    if ('data' in piece) {
      const head = chunkHead(cookie, {
        type: ChunkType.offsetData,
        flags,
        fixedBytes: 8,
        restBytes: piece.data.length,
      });
      head.writeBigUInt64BE(BigInt(piece.offset), 20);
      return [head, piece.data];
    }
    const head = chunkHead(cookie, { type: ChunkType.offsetHole, flags, fixedBytes: 12, restBytes: 0 });
    head.writeBigUInt64BE(BigInt(piece.offset), 20);
    head.writeUInt32BE(piece.holeBytes, 28);
    return [head];
  });
}

export function errorChunk(cookie: Buffer, error: number, message: string): Buffer {
  const text = Buffer.from(message.slice(0, 1000));
  const head = chunkHead(cookie, {
    type: ChunkType.error,
    flags: ChunkFlag.done,
    fixedBytes: 6,
    restBytes: text.length,
  });
  head.writeUInt32BE(error, 20);
  head.writeUInt16BE(text.length, 24);
  return Buffer.concat([head, text]);
}

/** More descriptors than this are not sent (archipelago spec 5.5): the client asks again for the rest. */
const MAX_DESCRIPTORS = 2 ** 20;

/** One BLOCK_STATUS chunk a context; neighbours of equal status are one descriptor. `isOne`: only the first (REQ_ONE). */
export function blockStatusChunks(
  cookie: Buffer,
  contexts: readonly MetaContext[],
  extents: readonly Extent[],
  isOne: boolean,
): Buffer[] {
  return contexts.map((context, index) => {
    const merged = mergeByStatus(context, extents).slice(0, isOne ? 1 : MAX_DESCRIPTORS);
    const flags = index === contexts.length - 1 ? ChunkFlag.done : 0;
    const head = chunkHead(cookie, {
      type: ChunkType.blockStatus,
      flags,
      fixedBytes: 4 + merged.length * 8,
      restBytes: 0,
    });
    head.writeUInt32BE(context.id, 20);
    merged.forEach((descriptor, at) => {
      head.writeUInt32BE(descriptor.length, 24 + at * 8);
      head.writeUInt32BE(descriptor.status, 28 + at * 8);
    });
    return head;
  });
}

function mergeByStatus(
  context: MetaContext,
  extents: readonly Extent[],
): { length: number; status: number }[] {
  const merged: { length: number; status: number }[] = [];
  for (const extent of extents) {
    const status = context.status(extent);
    const last = merged.at(-1);
    if (last !== undefined && last.status === status) last.length += extent.length;
    else merged.push({ length: extent.length, status });
  }
  return merged;
}
