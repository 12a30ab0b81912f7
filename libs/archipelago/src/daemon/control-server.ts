/**
 * The control socket of archipelagod: HTTP with JSON bodies on a unix socket of mode 0600, so its caller is this node's administrator.
 *
 * ```
 * GET  /healthcheck                         OK
 * POST /v1/volumes {name, sizeBytes?, origin?}   create or clone
 * GET  /v1/volumes[?prefix=]                the volumes          GET, DELETE /v1/volumes/NAME
 * POST /v1/volumes/NAME/attach              {socket}             POST …/detach
 * POST /v1/volumes/NAME/snapshot {name}     the snapshot         POST …/grow {sizeBytes}
 * POST /v1/provider/ACTION {env}            {output}: Ganeti's ExtStorage scripts
 *
 * For the archipelagod of another node, which found this one in a volume's lease:
 * GET  /v1/volumes/NAME/data?offset=&length=     the bytes
 * POST /v1/volumes/NAME/flush               POST …/release {shared}
 * ```
 * All but create may be repeated. Called by vlmc, by the provider scripts, and by other processes that find the socket in a volume's lease.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { unlink } from 'node:fs/promises';
import type { z } from 'zod';
import type { ArchipelagoLogger } from '../archipelago.js';
import { ArchipelagoError, Exists } from '../errors.js';
import { checkSocketPath, listenWithMode } from '../nbd/server.js';
import { type Exports, isAlive } from './exports.js';
import { type Provider, PROVIDER_ACTIONS } from './provider.js';
import {
  createVolumeBody,
  dataQuery,
  growBody,
  providerBody,
  releaseBody,
  snapshotBody,
  viewVolume,
} from './wire.js';

const MAX_BODY_BYTES = 64 * 1024;
const MAX_CONNECTIONS = 128;

/** The request is wrong; `status` is the HTTP status. */
class RequestRefused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  NotFound: 404,
  Exists: 409,
  Conflict: 409,
  Busy: 409,
  ReadOnly: 409,
  NotReadOnly: 409,
  InvalidName: 400,
  InvalidSize: 400,
  TooLarge: 400,
  OutOfRange: 400,
  BadEnvironment: 400,
  NoSpace: 507,
};

interface Call {
  readonly name: string;
  readonly query: URLSearchParams;
  /** Parses the body. @throws RequestRefused */
  readonly body: <T>(schema: z.ZodType<T>) => Promise<T>;
}

/** @returns what becomes JSON, or a Buffer, sent as it is */
type Handler = (call: Call) => Promise<unknown>;

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: Handler;
}

export class ControlServer {
  private readonly routes: readonly Route[];

  private constructor(
    private readonly server: Server,
    private readonly path: string,
    private readonly parts: { exports: Exports; provider: Provider; log: ArchipelagoLogger },
  ) {
    this.routes = this.makeRoutes();
    server.on('request', (request, response) => void this.onRequest(request, response));
  }

  /** @throws Exists when a living archipelagod serves that socket; a dead one's socket is replaced */
  static async listen(
    path: string,
    parts: { exports: Exports; provider: Provider; log: ArchipelagoLogger },
  ): Promise<ControlServer> {
    const server = createServer({ requestTimeout: 30_000 });
    server.maxConnections = MAX_CONNECTIONS;
    const control = new ControlServer(server, path, parts);
    await listenWithMode(server, path, 0o600);
    return control;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    await closed;
    await unlink(this.path).catch(() => undefined);
  }

  private makeRoutes(): Route[] {
    const { exports, provider } = this.parts;
    const view = async (name: string): Promise<unknown> =>
      viewVolume(await exports.info(name), exports.status(name));
    const volume = (method: string, call: string, handle: Handler): Route => ({
      method,
      pattern: new RegExp(`^/v1/volumes/([^/]+)${call}$`),
      handle,
    });
    const provide: Handler = async ({ name, body }) => {
      const action = PROVIDER_ACTIONS.find((known) => known === name);
      if (action === undefined) throw new RequestRefused(404, 'NotFound', `no provider action ${name}`);
      return { output: await provider.run(action, (await body(providerBody)).env) };
    };
    return [
      {
        method: 'POST',
        pattern: /^\/v1\/volumes$/,
        handle: async ({ body }) => viewVolume(await exports.create(await body(createVolumeBody)), null),
      },
      {
        method: 'GET',
        pattern: /^\/v1\/volumes$/,
        handle: ({ query }) => this.list(query.get('prefix') ?? ''),
      },
      volume('GET', '', ({ name }) => view(name)),
      volume('DELETE', '', async ({ name }) => {
        await exports.remove(name);
        return {};
      }),
      volume('POST', '/attach', async ({ name }) => ({ socket: await exports.attach(name) })),
      volume('POST', '/detach', async ({ name }) => {
        await exports.detach(name);
        return {};
      }),
      volume('POST', '/snapshot', async ({ name, body }) =>
        viewVolume(await exports.snapshot(name, (await body(snapshotBody)).name), null),
      ),
      volume('POST', '/grow', async ({ name, body }) =>
        viewVolume(await exports.grow(name, (await body(growBody)).sizeBytes), exports.status(name)),
      ),
      ...this.peerRoutes(volume),
      { method: 'POST', pattern: /^\/v1\/provider\/([a-z]+)$/, handle: provide },
    ];
  }

  /** What another node's archipelagod asks for during a live migration; see `LeasedDevice`. */
  private peerRoutes(volume: (method: string, call: string, handle: Handler) => Route): Route[] {
    const { exports } = this.parts;
    return [
      volume('GET', '/data', ({ name, query }) => {
        const range = dataQuery.safeParse(Object.fromEntries(query));
        if (!range.success) throw new RequestRefused(400, 'BadRequest', 'offset and length are needed');
        return exports.readForPeer(name, range.data);
      }),
      volume('POST', '/flush', async ({ name }) => {
        await exports.flushForPeer(name);
        return {};
      }),
      volume('POST', '/release', async ({ name, body }) => {
        await exports.release(name, await body(releaseBody));
        return {};
      }),
    ];
  }

  private async list(prefix: string): Promise<unknown> {
    const volumes: unknown[] = [];
    for await (const info of this.parts.exports.list(prefix))
      volumes.push(viewVolume(info, this.parts.exports.status(info.name)));
    return { volumes };
  }

  private async onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'http://control');
      if (url.pathname === '/healthcheck') {
        response.writeHead(200, { 'content-type': 'text/plain' }).end('OK');
        return;
      }
      send(response, 200, await this.dispatch(request, url));
    } catch (error) {
      const { status, code, message } = this.describe(error, request.url);
      send(response, status, { error: { code, message } });
    }
  }

  private dispatch(request: IncomingMessage, url: URL): Promise<unknown> {
    const matching = this.routes.filter(({ pattern }) => pattern.test(url.pathname));
    const route = matching.find(({ method }) => method === request.method);
    if (route === undefined) {
      throw new RequestRefused(
        matching.length > 0 ? 405 : 404,
        'NotFound',
        `no call ${request.method} ${url.pathname}`,
      );
    }
    const name = decodeURIComponent(route.pattern.exec(url.pathname)?.[1] ?? '');
    return route.handle({ name, query: url.searchParams, body: (schema) => parseBody(request, schema) });
  }

  private describe(
    error: unknown,
    url: string | undefined,
  ): { status: number; code: string; message: string } {
    if (error instanceof RequestRefused) return error;
    if (error instanceof ArchipelagoError) {
      const status = STATUS_OF_CODE[error.code] ?? 500;
      if (status >= 500) this.parts.log.error({ url, err: error }, 'control call failed');
      return { status, code: error.code, message: error.message };
    }
    this.parts.log.error({ url, err: error }, 'control call failed');
    return { status: 500, code: 'Io', message: error instanceof Error ? error.message : String(error) };
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (Buffer.isBuffer(body)) {
    response.writeHead(status, { 'content-type': 'application/octet-stream' }).end(body);
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function parseBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES)
      throw new RequestRefused(413, 'TooLarge', `a body is at most ${MAX_BODY_BYTES} bytes`);
    pieces.push(piece);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    throw new RequestRefused(400, 'BadRequest', 'the body is not JSON');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const mistakes = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new RequestRefused(400, 'BadRequest', mistakes.join('; '));
}

/** Makes sure that nobody serves the control socket, and removes a dead one's. @throws Exists naming the socket */
export async function claimControlSocket(path: string): Promise<void> {
  checkSocketPath(path);
  if (await isAlive(path)) throw new Exists(`another archipelagod serves ${path}`);
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
