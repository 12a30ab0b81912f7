import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const waiting = new WeakMap<IncomingMessage, ServerResponse>();

/**
 * Lets a request with `Expect: 100-continue` go through its checks before the client is told to send the body: `acceptBody` tells it. A request that
 * is refused before never sends one.
 */
export function deferContinue(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    waiting.set(request, response);
    server.emit('request', request, response);
  });
}

/** Call before reading a request's body from the stream: tells a waiting client to send it. */
export function acceptBody(request: IncomingMessage): void {
  waiting.get(request)?.writeContinue();
  waiting.delete(request);
}
