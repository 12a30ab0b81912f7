import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** Every object of a store directory: name → SHA-256 of its content. Two equal pictures: no object was written, changed or removed. */
export async function pictureOf(dir: string): Promise<Map<string, string>> {
  const picture = new Map<string, string>();
  for (const file of await filesBelow(dir)) {
    const content = await readFile(path.join(dir, file));
    picture.set(file, createHash('sha256').update(content).digest('hex'));
  }
  return picture;
}

/** Bytes of all objects below `dir`. */
export async function bytesBelow(dir: string): Promise<number> {
  const sizes = await Promise.all(
    (await filesBelow(dir)).map(async (file) => (await stat(path.join(dir, file))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)))
    .sort();
}
