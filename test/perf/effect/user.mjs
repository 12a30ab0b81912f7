// A user with a plain client of the compute API, who notes how long each answer takes.
import { setTimeout as delay } from 'node:timers/promises';

const REQUEST_MS = 60_000;
const POLL_MS = 500;
/** Of a list, so that it costs the same with ten servers and with hundreds. */
const PAGE = 10;
const PROBE_EVERY_MS = 100;

export class User {
  constructor(urls, token) {
    this.urls = urls;
    this.token = token;
  }

  async call(method, url, body) {
    const reply = await fetch(url, {
      method,
      headers: {
        'x-auth-token': this.token,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${url}: ${reply.status} ${text.slice(0, 300)}`);
    return text === '' ? null : JSON.parse(text);
  }

  compute(method, path, body) {
    return this.call(method, `${this.urls.cyclades}/compute/v2.1${path}`, body);
  }

  async firstImage() {
    const { images } = await this.call('GET', `${this.urls.cyclades}/image/v2/images`);
    return images[0].id;
  }

  /** A private network, which the servers of the project are plugged into. @returns its id */
  async newNetwork() {
    const url = `${this.urls.cyclades}/networking/v2.0`;
    const { network } = await this.call('POST', `${url}/networks`, { network: { name: 'bench' } });
    const subnet = { network_id: network.id, cidr: '10.77.0.0/22', ip_version: 4 };
    await this.call('POST', `${url}/subnets`, { subnet });
    return network.id;
  }

  /** Deletes the network and waits until it is gone. */
  async deleteNetwork(id, signal) {
    const url = `${this.urls.cyclades}/networking/v2.0/networks`;
    await this.call('DELETE', `${url}/${id}`);
    const isThere = async () => (await this.call('GET', url)).networks.some((network) => network.id === id);
    while (await isThere()) await delay(POLL_MS, undefined, { signal });
  }

  /** @returns `{ id, ms }`: how long the answer took */
  async createServer({ name, imageRef, flavorRef, network }) {
    const from = performance.now();
    const networks = [{ uuid: network }];
    const { server } = await this.compute('POST', '/servers', {
      server: { name, imageRef, flavorRef, networks },
    });
    return { id: server.id, ms: performance.now() - from };
  }

  /** Creates `count` servers, `atOnce` requests at a time. */
  async createServers(count, atOnce, shape, signal) {
    const made = [];
    let next = 0;
    const lane = async () => {
      while (next < count) {
        signal.throwIfAborted();
        made.push(await this.createServer({ ...shape, name: `bench-${(next += 1)}` }));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    return made;
  }

  /** Waits until none of the user's servers is being built. @throws Error when one is in ERROR */
  async untilBuilt(signal) {
    while ((await this.#have('BUILD')) !== null) await delay(POLL_MS, undefined, { signal });
    const failed = await this.#have('ERROR');
    if (failed !== null)
      throw new Error(`server ${failed.id} is in ERROR: ${JSON.stringify(failed.fault ?? null)}`);
  }

  async #have(status) {
    const { servers } = await this.compute('GET', `/servers/detail?status=${status}&limit=1`);
    return servers[0] ?? null;
  }

  async servers() {
    return (await this.compute('GET', '/servers/detail')).servers;
  }

  /** Deletes all servers and waits until they are gone. */
  async deleteServers(signal) {
    const all = await this.servers();
    const lane = async () => {
      for (let one = all.pop(); one !== undefined; one = all.pop())
        await this.compute('DELETE', `/servers/${one.id}`);
    };
    await Promise.all(Array.from({ length: 8 }, lane));
    while ((await this.compute('GET', '/servers?limit=1')).servers.length > 0)
      await delay(POLL_MS, undefined, { signal });
  }

  /** What is charged or pending of compute, `{}` for nothing. */
  async usage() {
    const quotas = await this.call('GET', `${this.urls.astakos}/account/v1.0/quotas`);
    const entries = Object.values(quotas).flatMap((resources) => Object.entries(resources));
    return Object.fromEntries(
      entries.flatMap(([name, { usage, pending }]) =>
        name.startsWith('cyclades.') && (usage !== 0 || pending !== 0)
          ? [[name, `${usage} (${pending} pending)`]]
          : [],
      ),
    );
  }

  /** Asks for a page of the list and for one server, again and again. @returns a function that ends it and gives the latencies in ms */
  probe(serverId) {
    const times = { list: [], one: [] };
    const ask = async (kind, path) => {
      const from = performance.now();
      await this.compute('GET', path);
      times[kind].push(performance.now() - from);
    };
    let isOver = false;
    const loop = (async () => {
      while (!isOver) {
        await ask('list', `/servers/detail?limit=${PAGE}`);
        await ask('one', `/servers/${serverId}`);
        await delay(PROBE_EVERY_MS);
      }
    })();
    loop.catch(() => undefined); // told by whoever ends it
    return async () => {
      isOver = true;
      await loop;
      return times;
    };
  }
}
