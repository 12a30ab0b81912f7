import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file that only we may read; it is there whole or not at all. */
export function writePrivate(file, text) {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
}
