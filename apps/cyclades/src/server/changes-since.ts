import { BadRequest } from '@synnefo/api';

/** Older instants are refused on the Synnefo face (setting POLL_LIMIT, compute spec 1.0.5). */
const POLL_LIMIT_MS = 3_600_000;
const WITH_OFFSET = /(Z|[+-]\d\d:?\d\d)$/;

/** @param text as in the query; `+` of the offset may have become a blank. @throws BadRequest when it is no instant, in the future, or too old */
export function changesSince(text: string, now: Date): Date {
  const given = text.trim().replace(/ (\d\d:?\d\d)$/, '+$1');
  const date = WITH_OFFSET.test(given) ? new Date(given) : new Date(Number.NaN);
  if (Number.isNaN(date.getTime()))
    throw new BadRequest('changes-since: an ISO 8601 time with an offset is needed');
  if (date.getTime() > now.getTime()) throw new BadRequest('changes-since: the time lies in the future');
  if (now.getTime() - date.getTime() > POLL_LIMIT_MS)
    throw new BadRequest('changes-since: the time is too long ago');
  return date;
}
