import type { IncomingMessage, Server } from 'node:http';

const hidden = new WeakMap<IncomingMessage, string>();

/**
 * Fastify refuses paths that are not UTF-8 before a route is known, with a status of its own. Such a path is kept from it: it sees the mount alone, and
 * the store says what is wrong as its dialect does, after the caller is known. Call before `listen`.
 */
export function hideUndecodablePaths(server: Server, mounts: readonly string[]): void {
  server.prependListener('request', (request: IncomingMessage) => {
    const url = request.url ?? '/';
    const mount = mounts.find((prefix) => url.startsWith(`${prefix}/`));
    if (mount === undefined || decodes(url.split('?', 1)[0] ?? '')) return;
    hidden.set(request, url);
    const query = url.indexOf('?');
    request.url = query < 0 ? mount : mount + url.slice(query);
  });
}

/** The request target as it was sent. */
export function targetOf(request: IncomingMessage): string {
  return hidden.get(request) ?? request.url ?? '/';
}

function decodes(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
