/**
 * The HTTP side of the remote API, as 3.0.2 answers: JSON always, `Connection: close`, every path behind basic auth, 501 for a method that a
 * path lacks, escaped error texts.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '@synnefo/runtime';
import { QueueFull } from '../job/job-queue.js';
import { HttpError } from './http-error.js';
import { findRoute } from './routes.js';
import type { RapiCall, RouteContext } from './call.js';
import type { Users } from './users.js';

const MAX_BODY_BYTES = 1024 * 1024;
const SERVER_NAME = 'Ganeti 3.0.2';

export interface RapiServerOptions {
  readonly users: Users;
  readonly context: RouteContext;
  readonly logger: Logger;
}

export function createRapiServer(options: RapiServerOptions): Server {
  const server = createServer((request, response) => {
    void answer(options, request).then(({ status, value, headers }) =>
      send(response, { status, value, headers }),
    );
  });
  server.requestTimeout = 60_000;
  server.headersTimeout = 15_000;
  server.maxConnections = 200;
  return server;
}

interface Answer {
  readonly status: number;
  readonly value: unknown;
  readonly headers?: Record<string, string>;
}

async function answer(
  { users, context, logger }: RapiServerOptions,
  request: IncomingMessage,
): Promise<Answer> {
  try {
    return { status: 200, value: await handle({ users, context }, request) };
  } catch (error) {
    const known = toHttpError(error);
    if (known === null) logger.error({ err: error, path: request.url }, 'request failed unexpectedly');
    const failure = known ?? new HttpError(500, error instanceof Error ? error.message : String(error));
    const headers =
      failure.status === 401 ? { 'WWW-Authenticate': 'Basic realm="Ganeti Remote API"' } : undefined;
    return { status: failure.status, value: failure.body(), headers };
  }
}

function toHttpError(error: unknown): HttpError | null {
  if (error instanceof HttpError) return error;
  return error instanceof QueueFull ? new HttpError(503, error.message) : null;
}

async function handle(
  { users, context }: Omit<RapiServerOptions, 'logger'>,
  request: IncomingMessage,
): Promise<unknown> {
  const method = request.method ?? 'GET';
  const url = new URL(request.url ?? '/', 'http://rapi');
  const caller = users.authenticate(request.headers.authorization);
  if (caller === null) throw new HttpError(401);
  const route = findRoute(url.pathname);
  if (route === null) throw new HttpError(404);
  const handler = route.handlers[method];
  if (handler === undefined)
    throw new HttpError(501, `Method ${method} is unsupported for path ${url.pathname}`);
  const needsWrite = method !== 'GET' || route.needsWrite;
  if (needsWrite ? !caller.canWrite : !caller.canRead) throw new HttpError(403);
  const body = await readBody(request);
  const call: RapiCall = { names: route.names, query: url.searchParams, body };
  return handler(context, call);
}

/** @returns undefined when there is no body */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer; // no encoding is set
    length += bytes.length;
    if (length > MAX_BODY_BYTES) throw new HttpError(413);
    chunks.push(bytes);
  }
  if (length === 0) return undefined;
  const [type] = (request.headers['content-type'] ?? '').split(';');
  if (type?.trim().toLowerCase() !== 'application/json') throw new HttpError(415);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpError(400, 'Unable to parse JSON data');
  }
}

function send(response: ServerResponse, { status, value, headers = {} }: Answer): void {
  const text = `${JSON.stringify(value)}\n`;
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
    Server: SERVER_NAME,
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}
