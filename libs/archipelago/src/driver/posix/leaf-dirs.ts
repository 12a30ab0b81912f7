import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errno } from './fs-error.js';

/** Flushes a directory, so that names made or removed in it survive a power failure. */
export async function syncDirectory(path: string): Promise<void> {
  const handle: FileHandle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Two levels of 256 directories below a root, chosen by the first two bytes of SHA-256 of the object's name
 * (archipelago spec §4.5). They are made on demand, each flushed into its parent once.
 */
export class LeafDirs {
  private readonly made = new Map<string, Promise<void>>();

  constructor(private readonly root: string) {}

  pathOf(key: string): string {
    const digest = createHash('sha256').update(key).digest('hex');
    return join(this.root, digest.slice(0, 2), digest.slice(2, 4), key);
  }

  /** Makes the directory of an object's path, durably. */
  ensure(path: string): Promise<void> {
    return this.ensureDirectory(dirname(path));
  }

  private ensureDirectory(path: string): Promise<void> {
    const known = this.made.get(path);
    if (known !== undefined) return known;
    const making = this.make(path);
    this.made.set(path, making);
    making.catch(() => this.made.delete(path));
    return making;
  }

  private async make(path: string): Promise<void> {
    const parent = dirname(path);
    if (path !== this.root) await this.ensureDirectory(parent);
    try {
      await mkdir(path, path === this.root ? { recursive: true, mode: 0o770 } : { mode: 0o770 });
    } catch (error) {
      if (errno(error) !== 'EEXIST') throw error;
    }
    // Another process may have made it and died before its flush.
    await syncDirectory(parent);
  }
}
