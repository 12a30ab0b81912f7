import { PreconditionFailed } from '@synnefo/api';

import type { RequestHeaders } from '../dialect/store-request.js';

/** What conditions are held against: all ETags that clients may know the content by, and its time. */
export interface Validators {
  readonly etags: readonly string[];
  /** Seconds since 1970, with fraction. */
  readonly modifiedAt: string;
}

/**
 * Conditions of a read (RFC 9110 §13, storage spec §1.1.6), time before ETag.
 * @returns true when the answer is 304
 * @throws PreconditionFailed
 */
export function isNotModified(headers: RequestHeaders, current: Validators): boolean {
  const seconds = Math.floor(Number(current.modifiedAt));
  const since = parseDate(headers.get('if-modified-since'));
  const unmodified = parseDate(headers.get('if-unmodified-since'));
  const noneMatch = headers.get('if-none-match');
  if (unmodified !== null && seconds > unmodified)
    throw new PreconditionFailed('Resource has been modified.');
  const match = headers.get('if-match');
  if (match !== undefined && !matches(match, current.etags))
    throw new PreconditionFailed('Resource ETag does not match.');
  if (noneMatch !== undefined) return matches(noneMatch, current.etags);
  return since !== null && seconds <= since;
}

/**
 * Conditions of a write, on the version it replaces (null: there is none).
 * @throws PreconditionFailed
 */
export function assertWritable(headers: RequestHeaders, current: Validators | null): void {
  const match = headers.get('if-match');
  const noneMatch = headers.get('if-none-match');
  if (match !== undefined && (current === null || !matches(match, current.etags))) {
    throw new PreconditionFailed('Resource ETag does not match.');
  }
  if (noneMatch !== undefined && current !== null && matches(noneMatch, current.etags)) {
    throw new PreconditionFailed('Resource exists or ETag matches.');
  }
}

function matches(header: string, etags: readonly string[]): boolean {
  if (header.trim() === '*') return true;
  const wanted = header.split(',').map((tag) => bare(tag));
  return etags.some((etag) => wanted.includes(bare(etag)));
}

/** An ETag without quotes and weakness, in lower case. */
export function bare(etag: string): string {
  return etag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase();
}

/** The three date formats of HTTP; what cannot be read is ignored (null). Seconds since 1970. */
export function parseDate(text: string | undefined): number | null {
  if (text === undefined) return null;
  const asctime = /^[A-Za-z]{3} [A-Za-z]{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/.test(text) ? `${text} GMT` : text;
  const millis = Date.parse(asctime);
  return Number.isNaN(millis) ? null : Math.floor(millis / 1000);
}
