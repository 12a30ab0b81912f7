import { closeSync, constants, openSync } from 'node:fs';
import { errno } from './fs-error.js';
import type { LeafDirs } from './leaf-dirs.js';

const { O_CREAT, O_RDWR } = constants;

interface OpenFile {
  readonly fd: number;
  users: number;
  /** No longer reachable by its key; closed with its last user. */
  dropped: boolean;
}

/** Descriptors of recently used objects, closed in order of least recent use. */
export class OpenFiles {
  private readonly files = new Map<string, OpenFile>();
  /** Used last, so at its place in the order already. */
  private latest: OpenFile | null = null;

  constructor(
    private readonly dirs: LeafDirs,
    private readonly capacity: number,
  ) {}

  /** Runs `fn` with a descriptor that stays open meanwhile; ENOENT when missing. */
  use<T>(key: string, fn: (fd: number) => T): T {
    return this.with(this.take(key, O_RDWR), fn);
  }

  /** A descriptor that is open already, for use before anything else happens; null when there is none. */
  opened(key: string): number | null {
    return this.touch(key)?.fd ?? null;
  }

  /** As `use`, and makes the object when missing. */
  async useOrCreate<T>(key: string, fn: (fd: number) => T): Promise<Awaited<T>> {
    let file: OpenFile;
    try {
      file = this.take(key, O_RDWR | O_CREAT);
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw error;
      await this.dirs.ensure(this.dirs.pathOf(key));
      file = this.take(key, O_RDWR | O_CREAT);
    }
    return await this.with(file, fn);
  }

  /** Forgets a key, whose name now means another file or none. */
  drop(key: string): void {
    const file = this.files.get(key);
    if (file === undefined) return;
    this.files.delete(key);
    file.dropped = true;
    this.closeUnused(file);
  }

  closeAll(): void {
    for (const key of [...this.files.keys()]) this.drop(key);
  }

  private with<T>(file: OpenFile, fn: (fd: number) => T): T {
    file.users += 1;
    const done = (): void => {
      file.users -= 1;
      this.closeUnused(file);
    };
    let result: T;
    try {
      result = fn(file.fd);
    } catch (error) {
      done();
      throw error;
    }
    if (!(result instanceof Promise)) {
      done();
      return result;
    }
    // The same promise with the release behind it: T stays what fn returned.
    return result.finally(done) as T;
  }

  private take(key: string, flags: number): OpenFile {
    const known = this.touch(key);
    if (known !== undefined) return known;
    const file = { fd: openSync(this.dirs.pathOf(key), flags, 0o660), users: 0, dropped: false };
    this.makeRoom();
    this.files.set(key, file);
    this.latest = file;
    return file;
  }

  private touch(key: string): OpenFile | undefined {
    const known = this.files.get(key);
    if (known !== undefined && known !== this.latest) {
      this.files.delete(key);
      this.files.set(key, known);
      this.latest = known;
    }
    return known;
  }

  private makeRoom(): void {
    if (this.files.size < this.capacity) return;
    for (const [key, file] of this.files) {
      if (file.users > 0) continue;
      this.drop(key);
      return;
    }
  }

  private closeUnused(file: OpenFile): void {
    if (file.dropped && file.users === 0) closeSync(file.fd);
  }
}
