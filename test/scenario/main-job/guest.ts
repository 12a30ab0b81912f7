/** What a guest shows from outside: its serial console, and the files on a disk that was downloaded. */
import { existsSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { poll } from '@synnefo/runtime';
import { type Cloud, runCommand } from '@synnefo/testing';

const SECTOR = 512;
const FIRST_PARTITION = 446;
const LBA_OFFSET = 8;

/** Waits until the console of some instance has shown the greeting `times` times. @returns the console's text */
export function consoleGreets(cloud: Cloud, instance: string, times: number): Promise<string> {
  const file = path.join(cloud.consoleDir(), `${instance}.log`);
  return poll({ everyMs: 250, timeoutMs: 90_000, what: `${times} greetings on ${file}` }, async () => {
    const text = existsSync(file) ? await readFile(file, 'utf8') : '';
    return text.split('SYNNEFO-DEMO ready on').length > times ? text : undefined;
  });
}

/** The name of an instance at Ganeti that is not among the known ones. */
export function newInstance(cloud: Cloud, known: readonly string[] = []): Promise<string> {
  return poll({ everyMs: 200, timeoutMs: 20_000, what: 'a new instance' }, async () =>
    (await cloud.instances()).find((name) => !known.includes(name)),
  );
}

/** Reads a file from the file system on a raw disk, with the file system's own tool. */
export async function fileOnDisk(disk: string, name: string): Promise<string> {
  const partition = `${disk}.partition`;
  await writeFile(partition, await firstPartition(disk));
  return (await runCommand('/sbin/debugfs', ['-R', `cat ${name}`, partition])).stdout;
}

async function firstPartition(disk: string): Promise<Buffer> {
  const handle = await open(disk);
  try {
    const { buffer: sector } = await handle.read(Buffer.alloc(SECTOR), 0, SECTOR, 0);
    const start = sector.readUInt32LE(FIRST_PARTITION + LBA_OFFSET) * SECTOR;
    const { size } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer;
  } finally {
    await handle.close();
  }
}
