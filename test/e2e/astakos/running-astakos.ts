import type { HttpApp } from '@synnefo/api';
import { AstakosClient } from '@synnefo/astakos-client';
import type { DataSource } from '@synnefo/database';
import { connectQueues, type QueueBackend } from '@synnefo/queue';
import { createLogger, loadConfig } from '@synnefo/runtime';
import { freePort, testDatabase, type TestDatabase, testRedisUrl, tmpDir } from '@synnefo/testing';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configSchema } from '../../../apps/astakos/src/config.js';
import { openDatabase, startHttp } from '../../../apps/astakos/src/start.js';
import { type NewUser, UserService } from '../../../apps/astakos/src/user/user.service.js';

export const COMPONENT_TOKENS = {
  cyclades: 'component-token-of-cyclades',
  pithos: 'component-token-of-pithos',
};
export const PASSWORD = 's3cret words';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests look into replies of every shape; a wrong guess fails the expectation.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json: any;
}

export interface CallOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Astakos over a real socket, on a database of its own. */
export class RunningAstakos {
  private constructor(
    readonly baseUrl: string,
    readonly app: HttpApp,
    readonly queues: QueueBackend,
    readonly dataSource: DataSource,
    readonly database: TestDatabase,
  ) {}

  static async start(name: string): Promise<RunningAstakos> {
    const [database, port, dir] = [await testDatabase(name), await freePort(), await tmpDir()];
    const components = Object.entries(COMPONENT_TOKENS).map(([component, token]) => ({
      name: component,
      baseUrl: `http://127.0.0.1:1/${component}`,
      uiUrl: null,
      token,
    }));
    const file = path.join(dir.path, 'components.json');
    await writeFile(file, JSON.stringify(components));
    const baseUrl = `http://127.0.0.1:${port}/astakos`;
    const config = loadConfig(configSchema, {
      SYNNEFO_BUS_URL: testRedisUrl(),
      ASTAKOS_PORT: String(port),
      ASTAKOS_BASE_URL: baseUrl,
      ASTAKOS_DATABASE_URL: database.url,
      ASTAKOS_COMPONENTS_FILE: file,
    });
    const logger = createLogger('astakos', 'silent');
    const dataSource = await openDatabase(database.url, 'test');
    const queues = connectQueues(config.SYNNEFO_BUS_URL, logger);
    const { app } = await startHttp(config, dataSource, queues.bus, logger);
    await dir.remove();
    return new RunningAstakos(baseUrl, app, queues, dataSource, database);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.queues.close();
    await this.dataSource.destroy();
    await this.database.drop();
  }

  async addUser(email: string, more: Partial<NewUser> = {}): Promise<{ uuid: string; id: number }> {
    const user = {
      email,
      firstName: 'Maria',
      lastName: 'Pappa',
      password: PASSWORD,
      isAdmin: false,
      ...more,
    };
    return new UserService(this.dataSource).add(user);
  }

  async call(method: string, where: string, { token, body, headers = {} }: CallOptions = {}): Promise<Reply> {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const auth: Record<string, string> = token === undefined ? {} : { 'x-auth-token': token };
    const init = { method, headers: { ...json, ...auth, ...headers }, redirect: 'manual' as const };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const reply = await fetch(this.baseUrl + where, body === undefined ? init : { ...init, body: text });
    const replyText = await reply.text();
    const isJson = reply.headers.get('content-type')?.includes('json') === true && replyText !== '';
    return {
      status: reply.status,
      headers: reply.headers,
      text: replyText,
      json: isJson ? (JSON.parse(replyText) as unknown) : undefined,
    };
  }

  /** Logs in with v3. @returns the token */
  async logIn(email: string, scope?: unknown): Promise<string> {
    const reply = await this.authenticate(passwordIdentity(email), scope);
    if (reply.status !== 201) throw new Error(`login of ${email}: ${reply.status} ${reply.text}`);
    return reply.headers.get('x-subject-token') ?? '';
  }

  authenticate(identity: object, scope?: unknown): Promise<Reply> {
    return this.call('POST', '/identity/v3/auth/tokens', { body: { auth: { identity, scope } } });
  }

  client(component: keyof typeof COMPONENT_TOKENS): AstakosClient {
    return new AstakosClient({ baseUrl: this.baseUrl, componentToken: COMPONENT_TOKENS[component] });
  }
}

export function passwordIdentity(
  name: string,
  password = PASSWORD,
  domain: object = { id: 'default' },
): object {
  return { methods: ['password'], password: { user: { name, domain, password } } };
}
