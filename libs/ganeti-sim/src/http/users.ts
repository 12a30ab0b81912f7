import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

const REALM = 'Ganeti Remote API';

interface User {
  readonly scheme: 'cleartext' | 'ha1';
  readonly password: string;
  readonly rights: ReadonlySet<string>;
}

export interface Caller {
  readonly name: string;
  readonly canRead: boolean;
  readonly canWrite: boolean;
}

/** RAPI's users file, read again when it changes. One user a line: name, password (`{HA1}…`, `{cleartext}…` or plain), rights by commas. */
export class Users {
  #users = new Map<string, User>();
  #version = '';

  /** @throws Error when the file cannot be read */
  constructor(private readonly file: string) {
    this.#reload();
  }

  /** @returns who sent this `Authorization` header; null when nobody known did */
  authenticate(header: string | undefined): Caller | null {
    const match = /^Basic\s+(\S+)$/i.exec(header ?? '');
    if (match?.[1] === undefined) return null;
    const [, name = '', password = ''] =
      /^([^:]*):(.*)$/s.exec(Buffer.from(match[1], 'base64').toString('utf8')) ?? [];
    this.#reload();
    const user = this.#users.get(name);
    if (user === undefined || !isPassword(user, name, password)) return null;
    const canWrite = user.rights.has('write');
    return { name, canWrite, canRead: canWrite || user.rights.has('read') };
  }

  #reload(): void {
    const { mtimeMs, size, ino } = statSync(this.file);
    const version = `${mtimeMs} ${size} ${ino}`;
    if (version === this.#version) return;
    this.#users = parseUsers(readFileSync(this.file, 'utf8'));
    this.#version = version;
  }
}

export function parseUsers(text: string): Map<string, User> {
  const users = new Map<string, User>();
  for (const line of text.split('\n')) {
    const [name, secret, rights = ''] = line.trim().split(/\s+/);
    if (name === undefined || name === '' || name.startsWith('#') || secret === undefined) continue;
    const [, scheme = '', password = secret] = /^\{(ha1|cleartext)\}(.*)$/i.exec(secret) ?? [];
    const kind = scheme.toLowerCase() === 'ha1' ? 'ha1' : 'cleartext';
    users.set(name, { scheme: kind, password, rights: new Set(rights.split(',')) });
  }
  return users;
}

function isPassword(user: User, name: string, given: string): boolean {
  const expected = user.scheme === 'ha1' ? user.password.toLowerCase() : user.password;
  const actual =
    user.scheme === 'ha1' ? createHash('md5').update(`${name}:${REALM}:${given}`).digest('hex') : given;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(actual));
}
