import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cloud } from '@synnefo/testing';

const fileOf = (cloud: Cloud, name: string) => path.join(cloud.dataDir, 'settings', `${name}.env`);

/** Gives a process environment variables of its own, and starts it anew. */
export async function giveSettings(
  cloud: Cloud,
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const file = fileOf(cloud, name);
  await mkdir(path.dirname(file), { recursive: true });
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(file, lines.join(''));
  await cloud.killProcess(name);
}

/** Takes them back, and starts the process anew. */
export async function takeSettings(cloud: Cloud, name: string): Promise<void> {
  await rm(fileOf(cloud, name), { force: true });
  await cloud.killProcess(name);
}
