import { randomBytes } from 'node:crypto';
import { constants, fdatasync, fstatSync, ftruncateSync, read, readSync, write, writeSync } from 'node:fs';
import { copyFile, link, open, readFile, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Conflict, IoFailed } from '../../errors.js';
import { assertKey } from '../../format/names.js';
import { inParallel } from '../parallel.js';
import {
  type ListPage,
  type ObjectData,
  type ObjectRange,
  type ObjectStat,
  type PutOptions,
  type Store,
  tagOf,
} from '../store.js';
import { DurableNames } from './durable-names.js';
import { errno, storeError } from './fs-error.js';
import { withKeyLock } from './key-lock.js';
import { LeafDirs, syncDirectory } from './leaf-dirs.js';
import { OpenFiles } from './open-files.js';
import { Patience } from './patience.js';

const readPooled = promisify(read);
const writePooled = promisify(write);
const fdatasyncPooled = promisify(fdatasync);

/** Up to this length a call may be made on the event loop: the hop to the thread pool costs more (archipelago spec §6.11). */
const BLOCKING_BYTES = 256 * 1024;
const SYNC_WIDTH = 32;
const OPEN_FILES = 512;
/** Not in the alphabet of keys, so a file with it in its name is no object. */
const TEMPORARY_MARK = '~';

/**
 * A directory tree on a local file system (archipelago spec §4.5). `getInto`, `writeAt` and `append` keep descriptors
 * open: use them for objects that nobody replaces, as blocks and journals are.
 */
export class PosixStore implements Store {
  private readonly dirs: LeafDirs;
  private readonly files: OpenFiles;
  private readonly reads = new Patience();
  private readonly writes = new Patience();
  private readonly durableNames = new DurableNames();
  /** After a failed sync the kernel's copy is unknown: only replacing the object helps (archipelago spec §4.5). */
  private readonly bad = new Set<string>();

  constructor(private readonly root: string) {
    this.dirs = new LeafDirs(root);
    this.files = new OpenFiles(this.dirs, OPEN_FILES);
  }

  get(key: string, range?: ObjectRange): Promise<ObjectData> {
    return this.run(key, async (path) => {
      if (range === undefined) {
        const data = await readFile(path);
        return { data, totalBytes: data.length };
      }
      const handle = await open(path, 'r');
      try {
        const totalBytes = (await handle.stat()).size;
        const data = Buffer.alloc(Math.max(0, Math.min(range.length, totalBytes - range.offset)));
        const { bytesRead } = await handle.read(data, 0, data.length, range.offset);
        return { data: data.subarray(0, bytesRead), totalBytes };
      } finally {
        await handle.close();
      }
    });
  }

  getInto(key: string, offset: number, target: Buffer): Promise<number> {
    return this.guard(key, () =>
      this.files.use<number | Promise<number>>(key, (fd) => {
        if (target.length <= BLOCKING_BYTES && this.reads.begin()) {
          const count = readSync(fd, target, 0, target.length, offset);
          this.reads.end();
          return count;
        }
        return readPooled(fd, target, 0, target.length, offset).then(({ bytesRead }) => bytesRead);
      }),
    );
  }

  getNow(key: string, offset: number, target: Buffer): number | null {
    if (target.length > BLOCKING_BYTES) return null;
    const fd = this.files.opened(key);
    if (fd === null || !this.reads.begin()) return null;
    try {
      return readSync(fd, target, 0, target.length, offset);
    } catch {
      // The caller comes again by getInto, which tells what is wrong.
      return null;
    } finally {
      this.reads.end();
    }
  }

  writeNow(key: string, offset: number, data: Buffer): boolean {
    if (data.length > BLOCKING_BYTES) return false;
    const fd = this.files.opened(key);
    if (fd === null || !this.writes.begin()) return false;
    try {
      writeFully(fd, data, offset);
      return true;
    } catch {
      // As above: writing the same bytes again is harmless.
      return false;
    } finally {
      this.writes.end();
    }
  }

  stat(key: string): Promise<ObjectStat> {
    return this.run(key, async (path) => {
      const { size, mtimeMs } = await stat(path);
      return { lengthBytes: size, modifiedMs: mtimeMs };
    });
  }

  put(key: string, data: Buffer, options: PutOptions = {}): Promise<void> {
    return this.run(key, async (path) => {
      await this.dirs.ensure(path);
      await this.throughTemporary(path, async (temporary) => {
        await writeSynced(temporary, data);
        await this.publish(temporary, path, key, options);
      });
      this.renamed(key);
      if (options.durable) await this.syncName(key);
    });
  }

  writeAt(key: string, offset: number, data: Buffer): Promise<void> {
    return this.guard(key, () => this.files.useOrCreate(key, (fd) => writeFullyPooled(fd, data, offset)));
  }

  truncate(key: string, lengthBytes: number): Promise<void> {
    return this.guard(key, () => this.files.use(key, (fd) => ftruncateSync(fd, lengthBytes)));
  }

  append(key: string, data: Buffer, options: { expectedLength: number }): Promise<void> {
    return this.guard(key, () =>
      this.files.useOrCreate(key, (fd) => {
        const { size } = fstatSync(fd);
        if (size !== options.expectedLength) {
          throw new Conflict(`object ${key} has ${size} bytes`, { resource: key });
        }
        writeFully(fd, data, size);
      }),
    );
  }

  copy(from: string, to: string): Promise<void> {
    return this.run(to, async (path) => {
      assertKey(from);
      await this.dirs.ensure(path);
      await this.throughTemporary(path, async (temporary) => {
        const mode = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
        await copyFile(this.dirs.pathOf(from), temporary, mode);
        await rename(temporary, path);
      });
      this.renamed(to);
    });
  }

  delete(key: string): Promise<void> {
    return this.run(key, async (path) => {
      this.renamed(key);
      await unlink(path).catch((error: unknown) => {
        if (errno(error) !== 'ENOENT') throw error;
      });
    });
  }

  async list(prefix: string, options: { cursor?: string; limit?: number } = {}): Promise<ListPage> {
    const { cursor = '', limit = 1000 } = options;
    const found: string[] = [];
    for (const first of await namesIn(this.root)) {
      for (const second of await namesIn(join(this.root, first))) {
        for (const key of await namesIn(join(this.root, first, second))) {
          if (key.startsWith(prefix) && key > cursor && !key.includes(TEMPORARY_MARK)) found.push(key);
        }
      }
    }
    found.sort();
    const keys = found.slice(0, limit);
    return { keys, cursor: found.length > limit ? (keys.at(-1) ?? null) : null };
  }

  async sync(keys: readonly string[]): Promise<void> {
    await inParallel(keys, SYNC_WIDTH, (key) => this.guard(key, () => this.syncData(key)));
    const directories = new Map<string, string[]>();
    for (const key of keys) {
      if (this.durableNames.has(key)) continue;
      const directory = dirname(this.dirs.pathOf(key));
      directories.set(directory, [...(directories.get(directory) ?? []), key]);
    }
    await inParallel([...directories], SYNC_WIDTH, ([, members]) =>
      this.guard(members[0] ?? '', async () => {
        if (members[0] !== undefined) await this.syncName(members[0]);
        for (const key of members) this.durableNames.add(key);
      }),
    );
  }

  async close(): Promise<void> {
    this.files.closeAll();
  }

  private run<T>(key: string, fn: (path: string) => Promise<T>): Promise<T> {
    return this.guard(key, () => fn(this.dirs.pathOf(key)));
  }

  private async guard<T>(key: string, fn: () => T | Promise<T>): Promise<T> {
    assertKey(key);
    try {
      return await fn();
    } catch (error) {
      throw storeError(error, key);
    }
  }

  private async throughTemporary(path: string, fn: (temporary: string) => Promise<void>): Promise<void> {
    const temporary = `${path}${TEMPORARY_MARK}${randomBytes(8).toString('hex')}`;
    try {
      await fn(temporary);
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
  }

  private async publish(temporary: string, path: string, key: string, options: PutOptions): Promise<void> {
    if (options.ifAbsent) {
      await link(temporary, path);
      return;
    }
    const { ifMatch } = options;
    if (ifMatch === undefined) {
      await rename(temporary, path);
      return;
    }
    await withKeyLock(path, async () => {
      const present = await readFile(path).catch((error: unknown) => {
        if (errno(error) === 'ENOENT') return null;
        throw error;
      });
      if (present === null || tagOf(present) !== ifMatch) {
        throw new Conflict(`object ${key} has changed`, { resource: key });
      }
      await rename(temporary, path);
    });
  }

  /** The key names another file now, or none. */
  private renamed(key: string): void {
    this.files.drop(key);
    this.durableNames.delete(key);
    this.bad.delete(key);
  }

  private async syncName(key: string): Promise<void> {
    await syncDirectory(dirname(this.dirs.pathOf(key)));
    this.durableNames.add(key);
  }

  private async syncData(key: string): Promise<void> {
    if (this.bad.has(key)) throw new IoFailed(`an earlier sync of object ${key} failed`, { resource: key });
    try {
      await this.files.use(key, (fd) => fdatasyncPooled(fd));
    } catch (error) {
      if (errno(error) === 'ENOENT') {
        // Removed: its directory has the news, and may not exist at all.
        await this.dirs.ensure(this.dirs.pathOf(key));
        return;
      }
      this.bad.add(key);
      throw error;
    }
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    throw storeError(error, directory);
  }
}

async function writeSynced(path: string, data: Buffer): Promise<void> {
  const handle = await open(path, 'wx', 0o660);
  try {
    await handle.writeFile(data);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

function writeFully(fd: number, data: Buffer, offset: number): void {
  let done = 0;
  while (done < data.length) done += writeSync(fd, data, done, data.length - done, offset + done);
}

async function writeFullyPooled(fd: number, data: Buffer, offset: number): Promise<void> {
  let done = 0;
  while (done < data.length) {
    const { bytesWritten } = await writePooled(fd, data, done, data.length - done, offset + done);
    done += bytesWritten;
  }
}
