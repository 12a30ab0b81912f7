import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { IoFailed } from '../errors.js';
import { MemoryStore } from './memory/memory-store.js';
import { PosixStore } from './posix/posix-store.js';
import type { Store } from './store.js';

/** The two logical stores of an installation. */
export interface Stores {
  readonly maps: Store;
  readonly blocks: Store;
}

const DIRECTORY = 'dir:';

/** Opens what a store setting names: `dir:/path`, with `maps` and `blocks` below it, or `memory:`. */
export async function openStores(setting: string): Promise<Stores> {
  if (setting === 'memory:') return { maps: new MemoryStore(), blocks: new MemoryStore() };
  if (!setting.startsWith(DIRECTORY) || setting === DIRECTORY) throw new IoFailed(`not a store: ${setting}`);
  const root = resolve(setting.slice(DIRECTORY.length));
  try {
    await mkdir(root, { recursive: true, mode: 0o770 });
  } catch (error) {
    throw new IoFailed(`store ${root} cannot be made: ${String(error)}`, { cause: error });
  }
  return { maps: new PosixStore(join(root, 'maps')), blocks: new PosixStore(join(root, 'blocks')) };
}
