import { mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import path from 'node:path';

const SUFFIX = '.json';

/** A directory of small named records, each durable when `put` or `remove` returns, and whole or absent after a crash. */
export class RecordDir<T> {
  private constructor(
    private readonly dir: string,
    private readonly parse: (value: unknown) => T,
  ) {}

  static async open<T>(dir: string, parse: (value: unknown) => T): Promise<RecordDir<T>> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return new RecordDir(dir, parse);
  }

  /** @returns null when there is no such record */
  async get(name: string): Promise<T | null> {
    try {
      return this.parse(JSON.parse(await readFile(this.file(name), 'utf8')));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async put(name: string, record: T): Promise<void> {
    const temporary = `${this.file(name)}.new`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(record));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.file(name));
    await this.sync();
  }

  /** Removing what is not there succeeds. */
  async remove(name: string): Promise<void> {
    try {
      await unlink(this.file(name));
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    await this.sync();
  }

  async names(): Promise<string[]> {
    const files = await readdir(this.dir);
    return files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
  }

  private file(name: string): string {
    if (!/^[A-Za-z0-9._-]+$/.test(name)) throw new Error(`not a record name: ${JSON.stringify(name)}`);
    return path.join(this.dir, `${name}${SUFFIX}`);
  }

  private async sync(): Promise<void> {
    const dir = await open(this.dir, 'r');
    try {
      await dir.sync();
    } finally {
      await dir.close();
    }
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
