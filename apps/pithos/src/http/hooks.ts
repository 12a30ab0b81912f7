import { randomBytes } from 'node:crypto';

import type { HttpApp } from '@synnefo/api';
import type { FastifyInstance } from 'fastify';

/** A media type that Fastify lets pass. */
const ANY_TYPE = 'application/octet-stream';

/**
 * What every request of the store gets before routing: a transaction id in Swift's form, and its token wherever old
 * clients put it (query `X-Auth-Token` first, storage spec §1.1.1; `X-Storage-Token`). Bodies of the store are never parsed, so
 * Fastify is not shown their type: it refuses one that is empty or odd (415), which the store guesses. Call before `listen`.
 */
export function installStoreHooks(app: HttpApp): void {
  const fastify: FastifyInstance = app.nest.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    const seconds = Math.floor(Date.now() / 1000)
      .toString(16)
      .padStart(10, '0');
    const id = `tx${randomBytes(11).toString('hex').slice(0, 21)}-${seconds}`;
    void reply.headers({ 'x-trans-id': id, 'x-openstack-request-id': id });
    const url = request.raw.url ?? '';
    const mark = url.indexOf('?');
    const inQuery = mark < 0 ? null : new URLSearchParams(url.slice(mark + 1)).get('X-Auth-Token');
    const token = inQuery ?? request.headers['x-auth-token'] ?? request.headers['x-storage-token'];
    if (typeof token === 'string') request.headers['x-auth-token'] = token;
    const hasType = request.raw.headers['content-type'] !== undefined;
    // added over the raw headers, which stay as they are
    if (hasType && isRawBody(request.method, url)) request.headers = { 'content-type': ANY_TYPE };
    done();
  });
}

/** Whether the body of a request stays a stream: everything but the internal JSON calls. */
export function isRawBody(method: string, path: string): boolean {
  return !(method === 'POST' && path.startsWith('/pithos/internal/'));
}
