import { Agent, request } from 'node:http';

/** Connections to one daemon: a guest's parallel reads during a migration leave room for its node's own calls. */
const MAX_CONNECTIONS = 32;
const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });

export interface Exchange {
  readonly socketPath: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** JSON; absent for none. */
  readonly body?: object;
  readonly timeoutMs: number;
}

/** One call on the control socket of an archipelagod. @throws what Node.js says when nobody answers, or not in time */
export function exchange(call: Exchange): Promise<{ status: number; body: Buffer }> {
  const { socketPath, method, path, timeoutMs } = call;
  const payload = call.body === undefined ? '' : JSON.stringify(call.body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, socketPath, method, path, headers, timeout: timeoutMs }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) }));
      response.once('error', reject);
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    outgoing.once('error', reject);
    outgoing.end(payload);
  });
}
