import {
  BadRequest,
  Conflict,
  type Fault,
  Forbidden,
  ItemNotFound,
  OverLimit,
  ServiceUnavailable,
} from '@synnefo/api';

/** Turns an error answer of Pithos into the fault a caller of Cyclades sees (compute spec 1.7: 403, 404, 400, 413 keep their meaning; the rest is 503). */
export function faultOfPithos(status: number, body: string): Fault {
  const message = messageOf(body);
  switch (status) {
    case 400:
    case 422:
      return new BadRequest(message ?? 'The object store refused the request.');
    case 403:
      return new Forbidden(message ?? 'Not allowed.');
    case 404:
      return new ItemNotFound(message ?? 'No such object.');
    case 409:
      return new Conflict(message ?? 'The object exists.');
    case 413:
      return new OverLimit(message ?? 'Quota exceeded for object storage.');
    default:
      return new ServiceUnavailable(`The object store answered ${status}.`);
  }
}

function messageOf(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const fault: unknown = Object.values(parsed)[0];
    if (typeof fault !== 'object' || fault === null || !('message' in fault)) return undefined;
    return typeof fault.message === 'string' ? fault.message : undefined;
  } catch {
    return undefined;
  }
}
