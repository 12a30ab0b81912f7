import { BadRequest } from '@synnefo/api';

import type { Dialect } from './dialect.js';

/** Characters that the Pithos dialect leaves as they are in header values (storage spec §1.1.2), beside letters and digits. */
const PITHOS_SAFE = new Set('_.-/=,:@;" ');

/**
 * Text of a request header. Node gives each byte as one character. Swift clients send raw UTF-8 and mean it literally;
 * Pithos clients percent-encode, and raw bytes beyond ASCII are a mistake there.
 * @throws BadRequest "Bad character in headers."
 */
export function decodeHeader(raw: string, dialect: Dialect): string {
  if (dialect === 'swift') {
    const text = Buffer.from(raw, 'latin1').toString('utf8');
    if (text.includes('\ufffd') || text.includes('\0')) throw new BadRequest('Bad character in headers.');
    return text;
  }
  for (let i = 0; i < raw.length; i += 1) {
    if (raw.charCodeAt(i) > 126) throw new BadRequest('Bad character in headers.');
  }
  return raw.includes('%') ? percentDecode(raw) : raw;
}

/** @throws BadRequest when the sequences are not UTF-8, or NUL, which no text here may hold. A lone `%` stays as it is. */
export function percentDecode(text: string): string {
  const lenient = text.replace(/%(?![0-9a-fA-F]{2})/g, '%25');
  const plain = decoded(lenient);
  if (plain === null || plain.includes('\0')) throw new BadRequest('Bad character in headers.');
  return plain;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Value as it goes into a response header. Compat: the Pithos dialect percent-encodes, Swift's sends UTF-8 bytes. */
export function encodeHeader(value: string, dialect: Dialect): string {
  // line ends and NUL may not reach the wire
  const clean = value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, ' ');
  if (dialect === 'swift') return Buffer.from(clean, 'utf8').toString('latin1');
  return percentEncode(clean, PITHOS_SAFE);
}

/** A header name made of what the user chose: whatever is no token character is percent-encoded. */
export function encodeHeaderName(name: string): string {
  return percentEncode(name, new Set("-_.!#$&'*+^`|~"));
}

function percentEncode(text: string, safe: ReadonlySet<string>): string {
  let out = '';
  for (const char of text) {
    if (/^[0-9A-Za-z]$/.test(char) || safe.has(char)) out += char;
    else
      for (const byte of Buffer.from(char, 'utf8'))
        out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** `x-object-meta-my_key` → `X-Object-Meta-My-Key`, the form in which keys are stored. */
export function canonicalName(name: string): string {
  return name
    .replace(/_/g, '-')
    .split('-')
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
    .join('-');
}
