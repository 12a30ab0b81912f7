import { ArchipelagoError, Exists, IoFailed, NoSpace, NotFound } from '../../errors.js';

/** The error code of a failed system call, else null. */
export function errno(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** A system call's error as one of ours. */
export function storeError(error: unknown, key: string): ArchipelagoError {
  if (error instanceof ArchipelagoError) return error;
  const context = { resource: key, cause: error };
  switch (errno(error)) {
    case 'ENOENT':
      return new NotFound(`no object ${key}`, context);
    case 'EEXIST':
      return new Exists(`object ${key} exists`, context);
    case 'ENOSPC':
    case 'EDQUOT':
      return new NoSpace(`no space for object ${key}`, context);
    default:
      return new IoFailed(`object ${key}: ${String(error)}`, context);
  }
}
