import { readFile } from 'node:fs/promises';
import { CommandError } from '@synnefo/admin';
import { callbackSecretHash } from '../callback-secret.js';

/** Too short to withstand guessing. */
const MIN_LENGTH = 16;

/** @returns the column that a secret's file sets; nothing without a file. @throws CommandError for a secret that is none */
export async function callbackSecretOf(file: string | undefined): Promise<{ callbackSecretHash?: Buffer }> {
  if (file === undefined) return {};
  const secret = (await readFile(file, 'utf8')).trim();
  if (secret.length < MIN_LENGTH || /\s/.test(secret))
    throw new CommandError(`the callback secret needs ${MIN_LENGTH} characters or more, without blanks`);
  return { callbackSecretHash: callbackSecretHash(secret) };
}
