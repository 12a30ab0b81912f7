import { extname } from 'node:path';

import { BadRequest, LengthRequired } from '@synnefo/api';

import type { Dialect } from '../dialect/dialect.js';
import type { RequestHeaders } from '../dialect/store-request.js';

export const DEFAULT_TYPE = 'application/octet-stream';

const BY_EXTENSION: Readonly<Record<string, string>> = {
  '.bin': DEFAULT_TYPE,
  '.css': 'text/css',
  '.csv': 'text/csv',
  '.gif': 'image/gif',
  '.gz': 'application/gzip',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.iso': 'application/x-iso9660-image',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.tar': 'application/x-tar',
  '.txt': 'text/plain',
  '.webp': 'image/webp',
  '.xml': 'application/xml',
  '.zip': 'application/zip',
};

/** `type/subtype`, parameters after `;`. */
const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;.*)?$/;

/** The request's media type; undefined when it is absent, empty or none at all (`foo`). @throws BadRequest when it is too long */
export function givenType(headers: RequestHeaders): string | undefined {
  const given = headers.get('content-type') ?? '';
  if (given.length > 256) throw new BadRequest('Bad characters in Content-Type.');
  return MEDIA_TYPE.test(given) ? given : undefined;
}

/**
 * Media type of an upload: guessed by the name when there is none, or when Swift's `X-Detect-Content-Type` asks for it.
 * Compat: the Pithos dialect wants the header (411).
 * @throws LengthRequired, BadRequest
 */
export function uploadType(headers: RequestHeaders, object: string, dialect: Dialect): string {
  const given = givenType(headers);
  const mustGuess = dialect === 'swift' && headers.get('x-detect-content-type')?.toLowerCase() === 'true';
  if (given !== undefined && !mustGuess) return given;
  if (dialect === 'pithos' && !headers.get('content-type'))
    throw new LengthRequired('Missing Content-Type header');
  return BY_EXTENSION[extname(object).toLowerCase()] ?? DEFAULT_TYPE;
}
