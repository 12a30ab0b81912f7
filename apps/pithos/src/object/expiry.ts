import { BadRequest } from '@synnefo/api';

import type { RequestHeaders } from '../dialect/store-request.js';

/** When an object shall vanish: `X-Delete-At` (unix time) or `X-Delete-After` (seconds from now). @throws BadRequest */
export function deleteAtOf(headers: RequestHeaders, now: number = Date.now()): Date | null {
  const at = headers.get('x-delete-at');
  const after = headers.get('x-delete-after');
  if (after !== undefined && after !== '') return future(seconds(after, 'X-Delete-After') * 1000 + now, now);
  return at === undefined || at === '' ? null : future(seconds(at, 'X-Delete-At') * 1000, now);
}

function seconds(text: string, header: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new BadRequest(`Non-integer ${header}`);
  return Number(text);
}

function future(millis: number, now: number): Date {
  if (millis <= now) throw new BadRequest('X-Delete-At in past');
  return new Date(millis);
}
