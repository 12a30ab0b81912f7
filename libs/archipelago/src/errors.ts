/** Where an error happened; all optional because drivers know only keys. */
export interface ErrorContext {
  readonly operation?: string;
  readonly resource?: string;
  readonly block?: number;
  readonly cause?: unknown;
}

/** Base of every error this library throws on purpose; `code` is stable and travels on the wire. */
export class ArchipelagoError extends Error {
  readonly code: string = 'Io';
  readonly operation?: string;
  readonly resource?: string;
  readonly block?: number;

  constructor(message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = new.target.name;
    if (context.operation !== undefined) this.operation = context.operation;
    if (context.resource !== undefined) this.resource = context.resource;
    if (context.block !== undefined) this.block = context.block;
  }
}

/** No resource, object or block of that name. */
export class NotFound extends ArchipelagoError {
  override readonly code = 'NotFound';
}

/** The name is taken. */
export class Exists extends ArchipelagoError {
  override readonly code = 'Exists';
}

/** A conditional change met another state than expected. */
export class Conflict extends ArchipelagoError {
  override readonly code = 'Conflict';
}

/** Blocks which a map should name are not in the store. */
export class BlockMissing extends ArchipelagoError {
  override readonly code = 'BlockMissing';

  constructor(
    readonly hashes: readonly Buffer[],
    context: ErrorContext = {},
  ) {
    super(`${hashes.length} block(s) are not in the store`, context);
  }
}

/** A change of a read-only resource. */
export class ReadOnly extends ArchipelagoError {
  override readonly code = 'ReadOnly';
}

/** The operation needs a read-only resource (a clone's source, a reader). */
export class NotReadOnly extends ArchipelagoError {
  override readonly code = 'NotReadOnly';
}

/** The lease is held elsewhere. */
export class Busy extends ArchipelagoError {
  override readonly code = 'Busy';

  constructor(
    message: string,
    context: ErrorContext = {},
    /** Control URL of the holder, when the lease names one. */
    readonly control?: string,
  ) {
    super(message, context);
  }
}

/** Not a name this store accepts (archipelago spec §2.6). */
export class InvalidName extends ArchipelagoError {
  override readonly code = 'InvalidName';
}

/** A size that is not positive, or a shrink. */
export class InvalidSize extends ArchipelagoError {
  override readonly code = 'InvalidSize';
}

/** Beyond a limit of the format or of the configuration. */
export class TooLarge extends ArchipelagoError {
  override readonly code = 'TooLarge';
}

/** A range that leaves the device. */
export class OutOfRange extends ArchipelagoError {
  override readonly code = 'OutOfRange';
}

/** Stored bytes that cannot be what was written. */
export class Corrupt extends ArchipelagoError {
  override readonly code = 'Corrupt';
}

/** The map holds private blocks, so there is no list of hashes. */
export class NotHashed extends ArchipelagoError {
  override readonly code = 'NotHashed';
}

/** A sync failed earlier, or the lease is lost; reopen the volume. */
export class VolumeFailed extends ArchipelagoError {
  override readonly code = 'VolumeFailed';
}

/** The store is full. */
export class NoSpace extends ArchipelagoError {
  override readonly code = 'NoSpace';
}

/** Any other failure of the store below. */
export class IoFailed extends ArchipelagoError {
  override readonly code = 'Io';
}
