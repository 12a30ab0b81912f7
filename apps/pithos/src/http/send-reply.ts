import type { FastifyReply } from 'fastify';

import type { StoreReply } from '../dialect/store-request.js';

/** Writes a reply. A body that nobody read is thrown away, so that the connection can be used again. */
export function send(reply: FastifyReply, { status, headers, body }: StoreReply): void {
  const { raw } = reply.request;
  if (!raw.complete) raw.resume();
  void reply.code(status).headers(headers);
  void reply.send(typeof body === 'string' ? Buffer.from(body) : body);
}
