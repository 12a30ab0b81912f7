/**
 * Two families of clients contradict each other on the same request in some twenty places (storage spec §9.1), so the
 * same data has two mounts: `pithos` below `<base>/object-store/v1`, `swift` at `/v1/AUTH_<account>` of the host's root.
 */
export type Dialect = 'pithos' | 'swift';

export interface Format {
  readonly kind: 'text' | 'json' | 'xml';
  readonly contentType: string;
}

const MEDIA = { text: 'text/plain', json: 'application/json', xml: 'application/xml' } as const;

/** The format of a listing: query `format`, else `Accept`, else text. An unknown choice falls back silently. */
export function negotiateFormat(
  query: URLSearchParams,
  accept: string | undefined,
  dialect: Dialect,
): Format {
  const kind = fromQuery(query.get('format')) ?? fromAccept(accept ?? '') ?? 'text';
  return { kind, contentType: `${MEDIA[kind]}; charset=${dialect === 'swift' ? 'utf-8' : 'UTF-8'}` };
}

function fromQuery(value: string | null): Format['kind'] | null {
  if (value === 'json' || value === 'xml') return value;
  return value === 'plain' || value === 'text' ? 'text' : null;
}

function fromAccept(accept: string): Format['kind'] | null {
  for (const part of accept.split(',')) {
    const type = part.split(';')[0]?.trim().toLowerCase();
    if (type === 'application/json') return 'json';
    if (type === 'application/xml' || type === 'text/xml') return 'xml';
    if (type === 'text/plain') return 'text';
  }
  return null;
}

/** `1795241832.749221` → RFC 1123 date, whole seconds. */
export function httpDate(seconds: string): string {
  return new Date(Math.floor(Number(seconds)) * 1000).toUTCString();
}

/** `1795241832.749221` → `2026-11-21T06:17:12.749221`, always six digits; Pithos adds its `+00:00` (storage spec §9.1). */
export function listDate(seconds: string, dialect: Dialect): string {
  const [whole = '0', fraction = ''] = seconds.split('.');
  const date = new Date(Number(whole) * 1000).toISOString().slice(0, 19);
  return `${date}.${fraction.padEnd(6, '0').slice(0, 6)}${dialect === 'pithos' ? '+00:00' : ''}`;
}

/** `X-Timestamp`: seconds with five decimals, as Swift writes it. */
export function timestampHeader(seconds: string): string {
  return Number(seconds).toFixed(5);
}
