import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cloud, CloudUser } from '@synnefo/testing';
import { parse } from 'yaml';

export interface Login {
  readonly auth_url: string;
  readonly username: string;
  readonly password: string;
  readonly project_name: string;
}

/** What clouds.yaml says of a user. */
export async function loginOf(cloud: Cloud, user: CloudUser): Promise<Login> {
  const text = await readFile(path.join(cloud.dataDir, 'clouds.yaml'), 'utf8');
  const login = (parse(text) as { clouds: Record<string, { auth: Login }> }).clouds[user]?.auth; // as the start writes it
  if (login === undefined) throw new Error(`clouds.yaml has no cloud ${user}`);
  return login;
}
