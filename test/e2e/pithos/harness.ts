import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

import { Archipelago } from '@synnefo/archipelago';
import type { HttpApp } from '@synnefo/api';
import { AstakosClient } from '@synnefo/astakos-client';
import { remoteVerifier } from '@synnefo/auth';
import { Commissions } from '@synnefo/commission';
import type { DataSource } from '@synnefo/database';
import { createLogger, Secret } from '@synnefo/runtime';
import { testDatabase, tmpDir } from '@synnefo/testing';

import type { Parts } from '../../../apps/pithos/src/app.module.js';
import { openDatabase } from '../../../apps/pithos/src/database.js';
import { createApi } from '../../../apps/pithos/src/http/api.js';
import { serviceDocument } from '../../../apps/pithos/src/service-document.js';
import { ensureSetting } from '../../../apps/pithos/src/setting/setting.js';
import { COMPONENT_TOKENS, RunningAstakos } from '../astakos/running-astakos.js';
import { Line } from './line.js';

export interface TestUser {
  readonly email: string;
  readonly uuid: string;
  readonly token: string;
}

export interface Store {
  readonly url: string;
  readonly astakos: RunningAstakos;
  /** What Pithos calls Astakos with, over `line`. */
  readonly astakosClient: AstakosClient;
  readonly line: Line;
  readonly archipelago: Archipelago;
  readonly commissions: Commissions;
  readonly dataSource: DataSource;
  readonly parts: Parts;
  readonly storeDir: string;
  readonly app: HttpApp;
  newUser(): Promise<TestUser>;
  /** Bytes that Astakos charges the user with, once it was told of every decision. */
  usage(user: TestUser): Promise<bigint>;
  /** Calls the Swift mount as `user`: `/container/object` below the user's own account unless `account` is given. */
  swift(user: TestUser, method: string, path: string, init?: CallInit): Promise<Answer>;
  pithos(user: TestUser, method: string, path: string, init?: CallInit): Promise<Answer>;
  internal(call: string, body: object): Promise<{ status: number; body: Record<string, unknown> }>;
  close(): Promise<void>;
}

export interface CallInit {
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly account?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
}

export const INTERNAL_SECRET = 'a shared secret';

/** Pithos over real sockets, PostgreSQL, a store on a temporary directory, and an Astakos of its own. */
export async function startStore(): Promise<Store> {
  const logger = createLogger('test', process.env['PITHOS_TEST_LOG'] ?? 'silent');
  const neighbour = await startAstakos();
  const { astakos, astakosClient } = neighbour;
  const database = await testDatabase('pithos');
  const dir = await tmpDir('pithos-');
  const dataSource = await openDatabase(database.url, 'pithos-test');
  const archipelago = await Archipelago.open({ store: `dir:${dir.path}`, node: 'test', logger });
  const commissions = new Commissions({ dataSource, astakos: astakosClient, producer: null, logger });
  const namePrefix = await ensureSetting(dataSource, 'name_prefix', 'snftest-');
  const quotas = astakosClient;
  const parts: Parts = {
    dataSource,
    archipelago,
    commissions,
    quotas,
    namePrefix,
    logger,
    checksumProducer: null,
  };
  const app = await createApi({
    ...parts,
    verifier: remoteVerifier(astakosClient),
    secret: Secret.of(INTERNAL_SECRET),
    face: { swiftUrl: 'http://127.0.0.1:8002/v1' },
    loginUrl: `${astakos.baseUrl}/identity/v3`,
  });
  const { url } = await app.listen(0);
  return {
    ...neighbour,
    ...callsOf(url),
    url,
    archipelago,
    commissions,
    dataSource,
    parts,
    storeDir: dir.path,
    app,
    newUser: () => newUser(astakos),
    usage: async ({ uuid }) => {
      await commissions.resolveNow();
      const quotas = await astakosClient.serviceQuotas({ user: uuid });
      return quotas[uuid]?.[uuid]?.['pithos.diskspace']?.usage ?? -1n;
    },
    close: async () => {
      await app.close();
      await archipelago.close();
      await dataSource.destroy();
      await database.drop();
      await dir.remove();
      await astakosClient.close();
      await neighbour.line.close();
      await astakos.stop();
    },
  };
}

async function startAstakos(): Promise<Pick<Store, 'astakos' | 'astakosClient' | 'line'>> {
  const astakos = await RunningAstakos.start('pithos_astakos');
  const line = await Line.to(new URL(astakos.baseUrl));
  const baseUrl = astakos.baseUrl.replace(/:\d+/, `:${line.port}`);
  const astakosClient = new AstakosClient({ baseUrl, componentToken: COMPONENT_TOKENS.pithos });
  await astakosClient.registerServices(
    serviceDocument({ baseUrl: 'http://127.0.0.1:1/pithos', swiftUrl: 'http://127.0.0.1:1/v1' }),
  );
  return { astakos, astakosClient, line };
}

async function newUser(astakos: RunningAstakos): Promise<TestUser> {
  const email = `${randomUUID()}@synnefo.test`;
  const { uuid } = await astakos.addUser(email);
  return { email, uuid, token: await astakos.logIn(email) };
}

function callsOf(url: string): Pick<Store, 'swift' | 'pithos' | 'internal'> {
  return {
    swift: (user, method, path, init = {}) =>
      call(`${url}/v1/AUTH_${init.account ?? user.uuid}${path}`, { user, method, init }),
    pithos: (user, method, path, init = {}) =>
      call(`${url}/pithos/object-store/v1/${init.account ?? user.uuid}${path}`, { user, method, init }),
    internal: async (name, body) => {
      const reply = await fetch(`${url}/pithos/internal/v1/${name}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${INTERNAL_SECRET}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
    },
  };
}

/** Over `node:http`, which sends the path as it is: `fetch` would fold `.` and `..` away. */
async function call(
  url: string,
  { user, method, init }: { user: TestUser; method: string; init: CallInit },
): Promise<Answer> {
  const [, origin = '', path = ''] = /^(http:\/\/[^/]+)(.*)$/.exec(url) ?? [];
  const { hostname, port } = new URL(origin);
  const body = init.body === undefined ? undefined : Buffer.from(init.body);
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  const headers = { 'x-auth-token': user.token, ...length, ...init.headers };
  const sent = request({ hostname, port, path, method, headers });
  sent.end(body);
  const [reply] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const received = new Headers();
  for (const [name, value] of Object.entries(reply.headers)) received.set(name, String(value));
  return { status: reply.statusCode ?? 0, headers: received, bytes, text: bytes.toString() };
}
