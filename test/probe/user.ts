/**
 * A user with a small client of their own, who behaves as people do when a service is away: tries again, and looks first whether the last try, whose
 * answer was lost, did its work.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Cloud } from '@synnefo/testing';
import { Patience } from './patience.js';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly project_name: string;
}

export interface ServerView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly 'OS-EXT-STS:task_state': string | null;
  readonly addresses: Readonly<Record<string, readonly { readonly addr: string }[]>>;
  readonly fault?: { readonly message: string };
}

interface ImageView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
}

const REQUEST_LIMIT_MS = 20_000;
const EVERY_MS = 200;
/** "Not now": what a user answers by trying again. */
const TRY_AGAIN = [502, 503, 504];
/** Errors that a user understands: in the way of something else, no room. */
const CLEAR = [409, 413, 507];

/** The service answered, and said no. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`${status}: ${body}`);
  }
}

/** What was asked for ended, and in an error that everybody sees. */
export class EndedInError extends Error {}

/** Whether a user can tell from the error what became of the wish. */
export function isClear(error: unknown): error is Error {
  return error instanceof EndedInError || (error instanceof Refused && CLEAR.includes(error.status));
}

export class User {
  private constructor(
    private readonly cloud: Cloud,
    private readonly patience: Patience | undefined,
    private readonly token: string,
    readonly uuid: string,
  ) {}

  /** @param patience how long the user waits; without it a minute for each thing that is asked for */
  static logIn(cloud: Cloud, credentials: Credentials, patience?: Patience): Promise<User> {
    const domain = { name: 'Default' };
    const identity = {
      methods: ['password'],
      password: { user: { name: credentials.username, password: credentials.password, domain } },
    };
    const scope = { project: { name: credentials.project_name, domain } };
    return insist(patience ?? new Patience(), 'login', async () => {
      const reply = await request(`${cloud.astakosUrl}/identity/v3/auth/tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ auth: { identity, scope } }),
      });
      const { token } = (await reply.json()) as { token: { user: { id: string } } };
      return new User(cloud, patience, reply.headers.get('x-subject-token') ?? '', token.user.id);
    });
  }

  /** Uploads until the answer says that it is there. */
  async upload(container: string, name: string, content: Buffer): Promise<void> {
    await this.#insist(`upload of ${name}`, async () => {
      await this.#pithos('PUT', container);
      return this.#pithos('PUT', `${container}/${name}`, content);
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

  async deleteObject(container: string, name: string): Promise<void> {
    await this.#insist(`deletion of ${name}`, () =>
      this.#pithos('DELETE', `${container}/${name}`).catch(unless(404)),
    );
  }

  /** Registers the object as an image. @returns its id */
  register(container: string, name: string): Promise<string> {
    return this.#insist(`registration of ${name}`, async () => {
      const headers = {
        'x-image-meta-name': name,
        'x-image-meta-location': `pithos://${this.uuid}/${container}/${name}`,
      };
      const reply = await this.#call('POST', `${this.cloud.cycladesUrl}/image/v1.0/images/`, { headers });
      return reply.headers.get('x-image-meta-id') ?? '';
    });
  }

  /** A private network with addresses, unless the user has one of that name. */
  async ensureNetwork(name: string, cidr: string): Promise<void> {
    const url = `${this.cloud.cycladesUrl}/networking/v2.0`;
    await this.#insist(`network ${name}`, async () => {
      const reply = await this.#call('GET', `${url}/networks?name=${name}`);
      const { networks } = (await reply.json()) as { networks: { id: string; subnets: string[] }[] };
      const id = networks[0]?.id ?? (await this.#createNetwork(url, name));
      if ((networks[0]?.subnets ?? []).length > 0) return null;
      const subnet = { network_id: id, ip_version: 4, cidr };
      return this.#call('POST', `${url}/subnets`, json({ subnet }));
    });
  }

  createServer(name: string, imageId: string, flavorId: string): Promise<string> {
    return this.#insist(`creation of ${name}`, async () => {
      const known = (await this.servers()).find((server) => server.name === name);
      if (known !== undefined) return known.id;
      const reply = await this.#compute('POST', '/servers', {
        server: { name, imageRef: imageId, flavorRef: flavorId },
      });
      return ((await reply.json()) as { server: ServerView }).server.id;
    });
  }

  /** Creates a server. @returns its id, once it runs @throws EndedInError */
  async createRunningServer(name: string, imageId: string, flavorId: string): Promise<string> {
    const id = await this.createServer(name, imageId, flavorId);
    await this.serverBecomes(id, 'ACTIVE');
    return id;
  }

  /** Asks for an action until it is taken or the server is there already; then waits for the status. @throws EndedInError */
  async act(serverId: string, action: 'os-start' | 'os-stop', status: string): Promise<void> {
    await this.ask(serverId, action, status);
    await this.serverBecomes(serverId, status);
  }

  /** Asks for an action until it is taken, or the server has the status already. */
  async ask(serverId: string, action: 'os-start' | 'os-stop', status: string): Promise<void> {
    await this.#insist(`${action} of ${serverId}`, async () => {
      if ((await this.#server(serverId)).status === status) return null;
      // 409: the last try is being carried out
      return this.#compute('POST', `/servers/${serverId}/action`, { [action]: null }).catch(unless(409));
    });
  }

  /** Asks the guest to reboot, or has it rebooted; waits until it is done. @throws EndedInError */
  async reboot(serverId: string, type: 'SOFT' | 'HARD' = 'SOFT'): Promise<void> {
    const body = { reboot: { type } };
    await this.#insist(`reboot of ${serverId}`, () =>
      this.#compute('POST', `/servers/${serverId}/action`, body).catch(unless(409)),
    );
    await this.serverBecomes(serverId, 'ACTIVE');
  }

  /** Snapshots the server's disk. @returns the image's id, once it is active @throws EndedInError */
  async snapshot(serverId: string, name: string): Promise<string> {
    await this.#insist(`snapshot ${name}`, async () => {
      if ((await this.images()).some((image) => image.name === name)) return null;
      return this.#compute('POST', `/servers/${serverId}/action`, { createImage: { name } });
    });
    return this.#becomes(`image ${name} to be active`, async () => {
      const image = (await this.images()).find((entry) => entry.name === name);
      if (image === undefined) throw new EndedInError('the snapshot is gone'); // a request that had failed may have left it
      if (image.status === 'error') throw new EndedInError('the snapshot is in error');
      return image.status === 'active' ? image.id : undefined;
    });
  }

  async deleteImage(name: string): Promise<void> {
    await this.#insist(`deletion of image ${name}`, async () => {
      const image = (await this.images()).find((entry) => entry.name === name);
      if (image === undefined) return null;
      return this.#call('DELETE', `${this.cloud.cycladesUrl}/image/v2/images/${image.id}`).catch(unless(404));
    });
  }

  /** Waits for the status, and until nothing is under way. @throws EndedInError when all has ended and it is not there */
  async serverBecomes(serverId: string, status: string): Promise<void> {
    await this.#becomes(`server ${serverId} to be ${status}`, async () => {
      const server = await this.#server(serverId).catch(whenGone);
      if (server === null) {
        if (status === 'DELETED') return null;
        throw new EndedInError('the server is gone');
      }
      if (server['OS-EXT-STS:task_state'] !== null || server.status === 'REBOOT') return undefined;
      if (server.status === status) return null;
      throw new EndedInError(
        `the server is ${server.status} (${server.fault?.message ?? 'without a fault'})`,
      );
    });
  }

  /** @throws EndedInError */
  async deleteServer(serverId: string): Promise<void> {
    await this.#insist(`deletion of ${serverId}`, () =>
      this.#compute('DELETE', `/servers/${serverId}`).catch(unless(404, 409)),
    );
    await this.serverBecomes(serverId, 'DELETED');
  }

  /** The smallest flavor. */
  flavor(): Promise<string> {
    return this.#insist('list of flavors', async () => {
      const reply = await this.#compute('GET', '/flavors/detail');
      const { flavors } = (await reply.json()) as { flavors: { id: string; ram: number }[] };
      return [...flavors].sort((a, b) => a.ram - b.ram)[0]?.id ?? '';
    });
  }

  /** Resources that are charged or pending: the usage of each. */
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
          .map(([name, { usage, pending }]) => [name, pending === 0 ? usage : Number.NaN]),
      );
    });
  }

  servers(): Promise<ServerView[]> {
    return this.#insist('list of servers', async () => {
      const reply = await this.#compute('GET', '/servers/detail');
      return ((await reply.json()) as { servers: ServerView[] }).servers;
    });
  }

  /** Those that the user sees. */
  images(): Promise<ImageView[]> {
    return this.#insist('list of images', async () => {
      const reply = await this.#call('GET', `${this.cloud.cycladesUrl}/image/v2/images`);
      return ((await reply.json()) as { images: ImageView[] }).images;
    });
  }

  get #account(): string {
    return `${this.cloud.pithosUrl}/v1/AUTH_${this.uuid}`;
  }

  async #server(id: string): Promise<ServerView> {
    return ((await (await this.#compute('GET', `/servers/${id}`)).json()) as { server: ServerView }).server;
  }

  async #createNetwork(url: string, name: string): Promise<string> {
    const reply = await this.#call('POST', `${url}/networks`, json({ network: { name } }));
    return ((await reply.json()) as { network: { id: string } }).network.id;
  }

  #compute(method: string, path: string, body?: object): Promise<Response> {
    const init = body === undefined ? {} : json(body);
    return this.#call(method, `${this.cloud.cycladesUrl}/compute/v2.1${path}`, init);
  }

  #pithos(method: string, path: string, body?: Buffer): Promise<Response> {
    return this.#call(method, `${this.#account}/${path}`, { body });
  }

  #call(method: string, url: string, init: Pick<Init, 'headers' | 'body'> = {}): Promise<Response> {
    return request(url, { ...init, method, headers: { ...init.headers, 'x-auth-token': this.token } });
  }

  #insist<T>(what: string, fn: () => Promise<T>): Promise<T> {
    return insist(this.patience ?? new Patience(), what, fn);
  }

  /** Asks until there is an answer that is not undefined. */
  async #becomes<T>(what: string, fn: () => Promise<T | undefined>): Promise<T> {
    const patience = this.patience ?? new Patience();
    for (;;) {
      const value = await insist(patience, what, fn);
      if (value !== undefined) return value;
      if (patience.isOver) throw new Error(`waited a minute for ${what}`);
      await delay(EVERY_MS);
    }
  }
}

interface Init {
  readonly method: string;
  readonly headers?: Record<string, string> | undefined;
  readonly body?: string | Buffer | undefined;
}

const json = (body: object) => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

async function request(url: string, { method, headers, body }: Init): Promise<Response> {
  const reply = await fetch(url, {
    method,
    headers,
    body: body === undefined ? undefined : new Uint8Array(Buffer.from(body)),
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  if (reply.ok) return reply;
  throw new Refused(reply.status, await reply.text());
}

/** Nobody answered, an answer was cut off, or it was "not now". */
function isNotNow(error: unknown): boolean {
  if (error instanceof Refused) return TRY_AGAIN.includes(error.status);
  // not `instanceof`: errors of fetch are of another realm than a test's
  const { name } = error as { name?: unknown };
  return ['TypeError', 'TimeoutError', 'AbortError'].includes(String(name));
}

/** Repeats while nobody answers or the answer is "not now"; any other refusal ends it. */
async function insist<T>(patience: Patience, what: string, fn: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await fn();
    } catch (error) {
      if (!isNotNow(error)) throw error;
      if (patience.isOver)
        throw new Error(`waited a minute for ${what}; last: ${String(error)}`, { cause: error });
      patience.asksAgain();
    }
    await delay(EVERY_MS);
  }
}

/** Takes these refusals for an answer. */
const unless =
  (...statuses: number[]) =>
  (error: unknown): null => {
    if (error instanceof Refused && statuses.includes(error.status)) return null;
    throw error;
  };

const whenGone = unless(404);
