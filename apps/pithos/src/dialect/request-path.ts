import { BadRequest, PreconditionFailed } from '@synnefo/api';

import type { Dialect } from './dialect.js';

/** Longest names in bytes of UTF-8. The guide counts characters for Pithos; the path index needs a bound in bytes. */
export const LIMITS = { accountBytes: 256, containerBytes: 256, objectBytes: 1024 } as const;

export interface Target {
  readonly account: string | null;
  readonly container: string | null;
  readonly object: string | null;
  readonly query: URLSearchParams;
}

/**
 * Takes account, container and object out of the raw request target, behind `mount`. Names are bytes: percent-decoded
 * once, before any URL parser could fold `.`, `..` or `//`; nothing is normalised.
 * @param rawUrl the request target as sent, with query
 * @throws BadRequest (Pithos) or PreconditionFailed (Swift) on bytes that are not UTF-8, NUL, or names too long
 */
export function parseTarget(rawUrl: string, mount: string, dialect: Dialect): Target {
  const mark = rawUrl.indexOf('?');
  const rawPath = mark < 0 ? rawUrl : rawUrl.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : rawUrl.slice(mark + 1));
  const rest = decode(rawPath.slice(mount.length).replace(/^\//, ''), dialect);
  const [account, behind] = cut(rest);
  const [container, object] = cut(behind ?? '');
  const target: Target = {
    account: account || null,
    container: container || null,
    object: object || null,
    query,
  };
  checkNames(target);
  return target.account === null ? target : { ...target, account: accountId(target.account) };
}

/** `/c/o` or `c/o` of `Destination` and `X-Copy-From`; null when there is no object part. */
export function parseLocation(text: string): { container: string; object: string } | null {
  const [container, object] = cut(text.replace(/^\//, ''));
  if (!container || !object) return null;
  if (Buffer.byteLength(container) > LIMITS.containerBytes || Buffer.byteLength(object) > LIMITS.objectBytes)
    return null;
  return { container, object };
}

/** The account with or without Swift's reseller prefix. */
export function accountId(account: string): string {
  return account.startsWith('AUTH_') ? account.slice('AUTH_'.length) : account;
}

function cut(text: string): [string, string | undefined] {
  const slash = text.indexOf('/');
  return slash < 0 ? [text, undefined] : [text.slice(0, slash), text.slice(slash + 1)];
}

function decode(raw: string, dialect: Dialect): string {
  try {
    const text = decodeURIComponent(raw);
    if (!text.includes('\0')) return text;
  } catch {
    // not UTF-8: the same answer as for NUL
  }
  if (dialect === 'swift') throw new PreconditionFailed('Invalid UTF8 or contains NULL');
  throw new BadRequest('Bad character in path.');
}

function checkNames(target: Target): void {
  if (Buffer.byteLength(target.account ?? '') > LIMITS.accountBytes)
    throw new BadRequest('Account name too large.');
  if (Buffer.byteLength(target.container ?? '') > LIMITS.containerBytes)
    throw new BadRequest('Container name too large.');
  if (Buffer.byteLength(target.object ?? '') > LIMITS.objectBytes)
    throw new BadRequest('Object name too large.');
}
