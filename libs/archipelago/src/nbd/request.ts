import { Command, CommandFlag, NbdError, NbdProtocolError, REQUEST_MAGIC } from './protocol.js';

export interface Request {
  readonly flags: number;
  readonly command: number;
  /** The client's mark, sent back as it came. */
  readonly cookie: Buffer;
  readonly offset: number;
  readonly length: number;
}

/** @throws NbdProtocolError when the stream is out of step */
export function parseRequest(header: Buffer): Request {
  if (header.readUInt32BE(0) !== REQUEST_MAGIC) throw new NbdProtocolError('wrong request magic');
  return {
    flags: header.readUInt16BE(4),
    command: header.readUInt16BE(6),
    cookie: header.subarray(8, 16),
    // Beyond 2^53 this is inexact, and beyond the end of any volume.
    offset: header.readUInt32BE(16) * 2 ** 32 + header.readUInt32BE(20),
    length: header.readUInt32BE(24),
  };
}

/** FUA is accepted on every command; the others only where they mean something. CACHE is not advertised. */
const ALLOWED_FLAGS = new Map<number, number>([
  [Command.read, CommandFlag.fua | CommandFlag.df],
  [Command.write, CommandFlag.fua],
  [Command.flush, CommandFlag.fua],
  [Command.trim, CommandFlag.fua],
  [Command.writeZeroes, CommandFlag.fua | CommandFlag.noHole | CommandFlag.fastZero],
  [Command.blockStatus, CommandFlag.fua | CommandFlag.reqOne],
]);

const CHANGES_DATA = new Set<number>([Command.write, Command.trim, Command.writeZeroes]);
const NEEDS_SPACE = new Set<number>([Command.write, Command.writeZeroes]);

export interface RequestLimits {
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  readonly maxPayloadBytes: number;
  readonly hasContexts: boolean;
}

/**
 * Whether a request can be served, as an NBD error number; 0 when it can.
 * Beyond the end: ENOSPC for what would write, EINVAL for the rest (archipelago spec 5.5).
 */
export function refusal(request: Request, limits: RequestLimits): number {
  const allowed = ALLOWED_FLAGS.get(request.command);
  if (allowed === undefined || (request.flags & ~allowed) !== 0) return NbdError.invalid;
  if (CHANGES_DATA.has(request.command) && limits.readOnly) return NbdError.permission;
  return request.command === Command.flush ? 0 : rangeRefusal(request, limits);
}

function rangeRefusal({ command, offset, length }: Request, limits: RequestLimits): number {
  if (offset + length > limits.sizeBytes)
    return NEEDS_SPACE.has(command) ? NbdError.noSpace : NbdError.invalid;
  if (command === Command.blockStatus) return limits.hasContexts && length > 0 ? 0 : NbdError.invalid;
  const hasPayload = command === Command.read || command === Command.write;
  return hasPayload && length > limits.maxPayloadBytes ? NbdError.invalid : 0;
}

/** Codes of what a device throws: ours, and those of the system below. */
const ERROR_OF_CODE: Readonly<Record<string, number>> = {
  ReadOnly: NbdError.permission,
  NoSpace: NbdError.noSpace,
  ENOSPC: NbdError.noSpace,
  EDQUOT: NbdError.noSpace,
  EFBIG: NbdError.noSpace,
  ENOMEM: NbdError.noMemory,
};

/** The NBD error number for what a device threw: quota and file-size limits are "no space", anything unknown is an I/O error. */
export function errorNumber(error: unknown): number {
  if (typeof error !== 'object' || error === null) return NbdError.io;
  const known = 'code' in error && typeof error.code === 'string' ? ERROR_OF_CODE[error.code] : undefined;
  return known ?? errorNumber('cause' in error ? error.cause : undefined);
}
