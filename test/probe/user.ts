/**
 * A user with a small client of their own, who behaves as people do when a service is away: tries again, and looks first whether the last try, whose
 * answer was lost, did its work.
 */
import { poll } from '@synnefo/runtime';
import type { Cloud } from '@synnefo/testing';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly project_name: string;
}

interface ServerView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
}

interface ImageView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
}

/** A step has to end, done or in a clear error, within this time after everything is back. */
const STEP_LIMIT_MS = 60_000;
const REQUEST_LIMIT_MS = 20_000;

/** The service answered, and said no. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`${status}: ${body}`);
  }
}

export class User {
  private constructor(
    private readonly cloud: Cloud,
    private readonly token: string,
    readonly uuid: string,
  ) {}

  static async logIn(cloud: Cloud, credentials: Credentials): Promise<User> {
    const domain = { name: 'Default' };
    const identity = {
      methods: ['password'],
      password: { user: { name: credentials.username, password: credentials.password, domain } },
    };
    const reply = await fetch(`${cloud.astakosUrl}/identity/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        auth: { identity, scope: { project: { name: credentials.project_name, domain } } },
      }),
    });
    if (reply.status !== 201) throw new Refused(reply.status, await reply.text());
    const { token } = (await reply.json()) as { token: { user: { id: string } } };
    return new User(cloud, reply.headers.get('x-subject-token') ?? '', token.user.id);
  }

  /** Uploads until the answer says that it is there. */
  upload(container: string, name: string, content: Buffer): Promise<void> {
    return this.#insist(`upload of ${name}`, async () => {
      await this.#pithos('PUT', container);
      await this.#pithos('PUT', `${container}/${name}`, content);
      return null;
    });
  }

  /** @param bytes the first ones only */
  download(container: string, name: string, bytes?: number): Promise<Buffer> {
    const headers = bytes === undefined ? undefined : { range: `bytes=0-${bytes - 1}` };
    return this.#insist(`download of ${name}`, async () => {
      const reply = await this.#call('GET', `${this.#account}/${container}/${name}`, { headers });
      return Buffer.from(await reply.arrayBuffer());
    });
  }

  listObjects(container: string): Promise<string[]> {
    return this.#insist(`list of ${container}`, async () =>
      (await (await this.#pithos('GET', container)).text()).split('\n').filter(Boolean),
    );
  }

  /** Registers the object as an image. @returns its id */
  register(container: string, name: string): Promise<string> {
    return this.#insist(`registration of ${name}`, async () => {
      const headers = {
        'x-image-meta-name': name,
        'x-image-meta-location': `pithos://${this.uuid}/${container}/${name}`,
      };
      return (
        (await this.#call('POST', `${this.cloud.cycladesUrl}/image/v1.0/images/`, { headers })).headers.get(
          'x-image-meta-id',
        ) ?? ''
      );
    });
  }

  createServer(name: string, imageId: string, flavorId: string): Promise<string> {
    return this.#insist(`creation of ${name}`, async () => {
      const known = (await this.#servers()).find((server) => server.name === name);
      if (known !== undefined) return known.id;
      const reply = await this.#compute('POST', '/servers', {
        server: { name, imageRef: imageId, flavorRef: flavorId },
      });
      return ((await reply.json()) as { server: ServerView }).server.id;
    });
  }

  /** Creates a server that runs. One that ends in ERROR, which is a clear end, is deleted and asked for again, once. */
  async createRunningServer(name: string, imageId: string, flavorId: string): Promise<string> {
    const first = await this.createServer(name, imageId, flavorId);
    const isRunning = await this.serverBecomes(first, 'ACTIVE').then(
      () => true,
      (error: unknown) => {
        if (String(error).includes('in ERROR')) return false;
        throw error;
      },
    );
    if (isRunning) return first;
    await this.deleteServer(first);
    const second = await this.createServer(name, imageId, flavorId);
    await this.serverBecomes(second, 'ACTIVE');
    return second;
  }

  /** Asks for an action until it is taken or the server is there already; then waits for the status. */
  async act(serverId: string, action: 'os-start' | 'os-stop', status: string): Promise<void> {
    await this.#insist(`${action} of ${serverId}`, async () => {
      if ((await this.#server(serverId)).status === status) return null;
      await this.#compute('POST', `/servers/${serverId}/action`, { [action]: null }).catch(
        (error: unknown) => {
          if (!(error instanceof Refused && error.status === 409)) throw error; // 409: the last try is being carried out
        },
      );
      return null;
    });
    await this.serverBecomes(serverId, status);
  }

  /** Asks the guest to reboot. */
  reboot(serverId: string): Promise<void> {
    return this.#insist(`reboot of ${serverId}`, async () => {
      await this.#compute('POST', `/servers/${serverId}/action`, { reboot: { type: 'SOFT' } });
      return null;
    });
  }

  /** Snapshots the server's disk. @returns the image's id, once it is active */
  async snapshot(serverId: string, name: string): Promise<string> {
    await this.#insist(`snapshot ${name}`, async () => {
      if ((await this.#images()).some((image) => image.name === name)) return null;
      await this.#compute('POST', `/servers/${serverId}/action`, { createImage: { name } });
      return null;
    });
    return poll({ everyMs: 200, timeoutMs: STEP_LIMIT_MS, what: `image ${name} to be active` }, async () => {
      const image = (await this.#images().catch(() => [])).find((entry) => entry.name === name);
      if (image?.status === 'error') throw new Error(`the snapshot ${name} is in error`);
      return image?.status === 'active' ? image.id : undefined;
    });
  }

  serverBecomes(serverId: string, status: string): Promise<void> {
    return poll(
      { everyMs: 200, timeoutMs: STEP_LIMIT_MS, what: `server ${serverId} to be ${status}` },
      async () => {
        const server = await this.#server(serverId).catch((error: unknown) => {
          if (error instanceof Refused && error.status === 404) return { status: 'DELETED' };
          return { status: 'unknown' };
        });
        if (server.status === 'ERROR' && !['ERROR', 'DELETED'].includes(status))
          throw new Error(`server ${serverId} is in ERROR`);
        return server.status === status ? null : undefined;
      },
    ).then(() => undefined);
  }

  async deleteServer(serverId: string): Promise<void> {
    await this.#insist(`deletion of ${serverId}`, async () => {
      await this.#compute('DELETE', `/servers/${serverId}`).catch((error: unknown) => {
        if (!(error instanceof Refused && [404, 409].includes(error.status))) throw error;
      });
      return null;
    });
    await this.serverBecomes(serverId, 'DELETED');
  }

  deleteObject(container: string, name: string): Promise<void> {
    return this.#insist(`deletion of ${name}`, async () => {
      await this.#pithos('DELETE', `${container}/${name}`).catch((error: unknown) => {
        if (!(error instanceof Refused && error.status === 404)) throw error;
      });
      return null;
    });
  }

  /** The smallest flavor. */
  flavor(): Promise<string> {
    return this.#insist('list of flavors', async () => {
      const reply = await this.#compute('GET', '/flavors/detail');
      const { flavors } = (await reply.json()) as { flavors: { id: string; ram: number }[] };
      return [...flavors].sort((a, b) => a.ram - b.ram)[0]?.id ?? '';
    });
  }

  /** Resources that are charged or pending. */
  usage(): Promise<Record<string, number>> {
    return this.#insist('quotas', async () => {
      const reply = await this.#call('GET', `${this.cloud.astakosUrl}/account/v1.0/quotas`);
      const quotas = (await reply.json()) as Record<
        string,
        Record<string, { usage: number; pending: number }>
      >;
      const entries = Object.values(quotas).flatMap((resources) => Object.entries(resources));
      return Object.fromEntries(
        entries
          .filter(([, { usage, pending }]) => usage !== 0 || pending !== 0)
          .map(([name, { usage }]) => [name, usage]),
      );
    });
  }

  get #account(): string {
    return `${this.cloud.pithosUrl}/v1/AUTH_${this.uuid}`;
  }

  async #servers(): Promise<ServerView[]> {
    return ((await (await this.#compute('GET', '/servers')).json()) as { servers: ServerView[] }).servers;
  }

  async #server(id: string): Promise<ServerView> {
    return ((await (await this.#compute('GET', `/servers/${id}`)).json()) as { server: ServerView }).server;
  }

  async #images(): Promise<ImageView[]> {
    const reply = await this.#call('GET', `${this.cloud.cycladesUrl}/image/v2/images`);
    return ((await reply.json()) as { images: ImageView[] }).images;
  }

  #compute(method: string, path: string, body?: object): Promise<Response> {
    return this.#call(method, `${this.cloud.cycladesUrl}/compute/v2.1${path}`, {
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  #pithos(method: string, path: string, body?: Buffer): Promise<Response> {
    return this.#call(method, `${this.#account}/${path}`, { body });
  }

  async #call(
    method: string,
    url: string,
    init: { headers?: Record<string, string>; body?: string | Buffer } = {},
  ): Promise<Response> {
    const headers = { ...init.headers, 'x-auth-token': this.token };
    const body = init.body === undefined ? undefined : new Uint8Array(Buffer.from(init.body));
    const reply = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
    if (reply.ok) return reply;
    throw new Refused(reply.status, await reply.text());
  }

  /** Repeats while nobody answers or the answer is "not now"; a clear refusal ends it. */
  #insist<T>(what: string, fn: () => Promise<T>): Promise<T extends null ? void : T> {
    let last: unknown;
    return poll({ everyMs: 200, timeoutMs: STEP_LIMIT_MS, what }, async () => {
      try {
        return await fn();
      } catch (error) {
        if (error instanceof Refused && ![502, 503, 504].includes(error.status)) throw error;
        last = error;
        return undefined;
      }
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; last: ${String(last)}`, { cause: error });
    }) as Promise<T extends null ? void : T>; // null stands for "done": poll takes undefined for "not yet"
  }
}
