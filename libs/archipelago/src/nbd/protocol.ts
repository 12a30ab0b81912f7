/**
 * The numbers of the NBD protocol, fixed newstyle with structured replies. All integers on the wire are big-endian.
 *
 * Source: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md; archipelago spec 5.5 names the part that is served.
 */

export const NBD_MAGIC = Buffer.from('NBDMAGIC');
export const OPTION_MAGIC = Buffer.from('IHAVEOPT');
export const OPTION_REPLY_MAGIC = 0x0003e889045565a9n;
export const REQUEST_MAGIC = 0x25609513;
export const SIMPLE_REPLY_MAGIC = 0x67446698;
export const CHUNK_MAGIC = 0x668e33ef;
export const REQUEST_BYTES = 28;

/** Handshake flags, the same values in both directions. */
export const HandshakeFlag = { fixedNewstyle: 1, noZeroes: 2 } as const;

export const Option = {
  exportName: 1,
  abort: 2,
  list: 3,
  starttls: 5,
  info: 6,
  go: 7,
  structuredReply: 8,
  listMetaContext: 9,
  setMetaContext: 10,
} as const;

export const OptionReply = { ack: 1, server: 2, info: 3, metaContext: 4 } as const;

const failed = (n: number): number => 2 ** 31 + n;
export const OptionError = {
  unsupported: failed(1),
  policy: failed(2),
  invalid: failed(3),
  platform: failed(4),
  unknown: failed(6),
  shutdown: failed(7),
  tooBig: failed(9),
} as const;

export const InfoType = { export: 0, name: 1, description: 2, blockSize: 3 } as const;

export const ExportFlag = {
  hasFlags: 1,
  readOnly: 2,
  flush: 4,
  fua: 8,
  trim: 32,
  writeZeroes: 64,
  df: 128,
  multiConn: 256,
  fastZero: 2048,
} as const;

export const Command = {
  read: 0,
  write: 1,
  disconnect: 2,
  flush: 3,
  trim: 4,
  cache: 5,
  writeZeroes: 6,
  blockStatus: 7,
} as const;

export const CommandFlag = { fua: 1, noHole: 2, df: 4, reqOne: 8, fastZero: 16 } as const;

export const ChunkFlag = { done: 1 } as const;
export const ChunkType = {
  none: 0,
  offsetData: 1,
  offsetHole: 2,
  blockStatus: 5,
  error: 0x8001,
} as const;

/** Error numbers of replies: the only ones that the protocol allows. */
export const NbdError = {
  permission: 1,
  io: 5,
  noMemory: 12,
  invalid: 22,
  noSpace: 28,
  overflow: 75,
  notSupported: 95,
  shutdown: 108,
} as const;

/** Status bits of context `base:allocation`. */
export const AllocationBit = { hole: 1, zero: 2 } as const;

/** Strings (names, queries, messages) are at most this long, in bytes. */
export const MAX_STRING_BYTES = 4096;

/** What a client gets wrong so badly that the stream cannot go on. */
export class NbdProtocolError extends Error {
  override readonly name = 'NbdProtocolError';
}
