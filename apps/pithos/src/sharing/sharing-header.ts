import { BadRequest } from '@synnefo/api';

/** Who may read and write; write includes read. `*` is every user. */
export interface Permissions {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

const MAX_HOLDER_LENGTH = 256;

/**
 * Reads `X-Object-Sharing: read=a,b;write=c` (storage spec §1.5.11). Blanks and `~` go, all is lower-cased; an empty
 * value removes all permissions.
 * @throws BadRequest with the guide's messages
 */
export function parseSharing(header: string): Permissions {
  const text = header.replace(/[\s~]/g, '').toLowerCase();
  const lists: { read: string[]; write: string[] } = { read: [], write: [] };
  for (const part of text === '' ? [] : text.split(';')) {
    if (part === '') continue;
    const match = /^(read|write)=(.*)$/.exec(part);
    if (!match) throw new BadRequest('Bad X-Object-Sharing header value: missing prefix');
    const holders = [...new Set((match[2] ?? '').split(',').filter((holder) => holder !== ''))];
    if (holders.length === 0) throw new BadRequest('Bad X-Object-Sharing header value: invalid length');
    if (holders.some((holder) => holder.length > MAX_HOLDER_LENGTH))
      throw new BadRequest('Invalid sharing header');
    lists[match[1] === 'write' ? 'write' : 'read'] = holders;
  }
  return normalise(lists);
}

/** `*` swallows the other holders of its list; who may write need not be listed as a reader. */
export function normalise(lists: { read: readonly string[]; write: readonly string[] }): Permissions {
  const write = lists.write.includes('*') ? ['*'] : [...new Set(lists.write)];
  const read = lists.read.includes('*')
    ? ['*']
    : [...new Set(lists.read)].filter((holder) => !write.includes(holder));
  return { read, write };
}

export function formatSharing(permissions: Permissions): string {
  const parts: string[] = [];
  if (permissions.read.length > 0) parts.push(`read=${permissions.read.join(',')}`);
  if (permissions.write.length > 0) parts.push(`write=${permissions.write.join(',')}`);
  return parts.join('; ');
}
