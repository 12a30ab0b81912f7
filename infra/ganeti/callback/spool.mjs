// Messages that wait to be sent, on disk, one file each, in the order of their names. A message that `append` has returned for survives a crash. What
// exceeds the limit goes from the old end: Cyclades finds what it was not told when it compares its rows with the cluster.
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import path from 'node:path';

const NAME = /^\d{17}-\d+\.json$/;

export class Spool {
  #dir;
  #limitBytes;
  #log;
  /** name → bytes, in order. */
  #files = new Map();
  #bytes = 0;
  #last = 0;

  constructor({ dir, limitBytes, log }) {
    this.#dir = dir;
    this.#limitBytes = limitBytes;
    this.#log = log;
  }

  /** Reads what is there; also what others have added since. */
  async load() {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const names = (await readdir(this.#dir)).filter((name) => NAME.test(name)).sort();
    this.#files = new Map();
    this.#bytes = 0;
    for (const name of names) this.#add(name, await sizeOf(path.join(this.#dir, name)));
  }

  get size() {
    return this.#files.size;
  }

  /** @param encoded the message as text */
  async append(encoded) {
    // Microseconds, for order among several writers; never backwards, whatever the clock does.
    this.#last = Math.max(this.#last + 1, Date.now() * 1000);
    const name = `${String(this.#last).padStart(17, '0')}-${process.pid}.json`;
    await writeDurably(path.join(this.#dir, name), encoded);
    this.#add(name, Buffer.byteLength(encoded));
    await this.#bound();
  }

  /** The oldest messages. @returns list of { name, encoded } */
  async oldest({ maxMessages, maxBytes }) {
    const found = [];
    let bytes = 0;
    for (const [name, size] of this.#files) {
      if (found.length >= maxMessages || (found.length > 0 && bytes + size > maxBytes)) break;
      const encoded = await this.#read(name);
      if (encoded === null) continue;
      found.push({ name, encoded });
      bytes += size + 1;
    }
    return found;
  }

  /** Forgets a message: it was sent, or nobody will take it. */
  async remove(name) {
    this.#bytes -= this.#files.get(name) ?? 0;
    this.#files.delete(name);
    await unlink(path.join(this.#dir, name)).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  /** Forgets everything, the directory too. */
  async clear() {
    this.#files.clear();
    this.#bytes = 0;
    await rm(this.#dir, { recursive: true, force: true });
  }

  #add(name, size) {
    this.#files.set(name, size);
    this.#bytes += size;
    this.#last = Math.max(this.#last, Number(name.split('-', 1)[0]));
  }

  async #bound() {
    let dropped = 0;
    for (const name of [...this.#files.keys()]) {
      if (this.#bytes <= this.#limitBytes || this.#files.size === 1) break;
      await this.remove(name);
      dropped += 1;
    }
    if (dropped > 0)
      this.#log.error({ dropped, limitBytes: this.#limitBytes }, 'spool full, oldest messages lost');
  }

  /** Null, and forgotten, when a crash or somebody's hand left no message there. */
  async #read(name) {
    try {
      const encoded = await readFile(path.join(this.#dir, name), 'utf8');
      JSON.parse(encoded);
      return encoded;
    } catch (error) {
      if (error.code !== 'ENOENT') this.#log.error({ err: error, file: name }, 'message unreadable, dropped');
      await this.remove(name);
      return null;
    }
  }
}

async function sizeOf(file) {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Replaces a file: after a crash it has its old or its new content, and the new one once this has returned. */
export async function writeDurably(file, content) {
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  const dir = await open(path.dirname(file), 'r');
  try {
    await dir.sync();
  } finally {
    await dir.close();
  }
}
