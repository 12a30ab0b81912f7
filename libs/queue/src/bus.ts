/**
 * Messages to whoever listens now, over Redis or over PostgreSQL's LISTEN/NOTIFY. A message may be lost (a listener that reconnects, a server that
 * restarts): it only makes known sooner what a time-out or a reconciler finds anyway. PostgreSQL limits a message to 8000 bytes.
 */
import { Redis } from 'ioredis';
import { Client } from 'pg';

export interface BusLogger {
  warn(fields: object, message: string): void;
}

type Listener = (message: unknown) => void;

export interface Bus {
  publish(channel: string, message: unknown): Promise<void>;
  /** @returns ends the subscription */
  subscribe(channel: string, listener: Listener): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const RECONNECT_MS = 500;
const LAST_RECONNECT_MS = 5_000;
const CONNECT_MS = 5_000;

class Listeners {
  readonly #byChannel = new Map<string, Set<Listener>>();

  constructor(private readonly logger: BusLogger) {}

  channels(): string[] {
    return [...this.#byChannel.keys()];
  }

  /** @returns whether it is the channel's first */
  add(channel: string, listener: Listener): boolean {
    const listeners = this.#byChannel.get(channel);
    if (listeners === undefined) this.#byChannel.set(channel, new Set([listener]));
    else listeners.add(listener);
    return listeners === undefined;
  }

  /** @returns whether it was the channel's last */
  delete(channel: string, listener: Listener): boolean {
    const listeners = this.#byChannel.get(channel);
    listeners?.delete(listener);
    if (listeners?.size !== 0) return false;
    return this.#byChannel.delete(channel);
  }

  deliver(channel: string, text: string): void {
    for (const listener of this.#byChannel.get(channel) ?? []) {
      try {
        listener(JSON.parse(text));
      } catch (error) {
        this.logger.warn({ err: error, channel }, 'bus listener failed');
      }
    }
  }
}

export class RedisBus implements Bus {
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #listeners: Listeners;

  constructor(url: string, logger: BusLogger) {
    this.#listeners = new Listeners(logger);
    this.#publisher = new Redis(url, { maxRetriesPerRequest: 1 });
    this.#subscriber = new Redis(url, { maxRetriesPerRequest: null });
    for (const client of [this.#publisher, this.#subscriber])
      client.on('error', (err) => logger.warn({ err }, 'bus connection failed'));
    this.#subscriber.on('message', (channel: string, text: string) => this.#listeners.deliver(channel, text));
  }

  async publish(channel: string, message: unknown): Promise<void> {
    await this.#publisher.publish(channel, JSON.stringify(message));
  }

  async subscribe(channel: string, listener: Listener): Promise<() => Promise<void>> {
    if (this.#listeners.add(channel, listener)) await this.#subscriber.subscribe(channel);
    return async () => {
      if (this.#listeners.delete(channel, listener)) await this.#subscriber.unsubscribe(channel);
    };
  }

  close(): Promise<void> {
    this.#publisher.disconnect();
    this.#subscriber.disconnect();
    return Promise.resolve();
  }
}

export class PostgresBus implements Bus {
  readonly #listeners: Listeners;
  #client: Promise<Client> | null = null;
  #failures = 0;
  #closed = false;

  constructor(
    private readonly url: string,
    private readonly logger: BusLogger,
  ) {
    this.#listeners = new Listeners(logger);
  }

  async publish(channel: string, message: unknown): Promise<void> {
    const client = await this.#connected();
    await client.query('SELECT pg_notify($1, $2)', [channel, JSON.stringify(message)]);
  }

  /** Does not fail while the server is away: the connection is tried again until `close()`, and listens to every channel when it is there. */
  async subscribe(channel: string, listener: Listener): Promise<() => Promise<void>> {
    if (this.#listeners.add(channel, listener)) await this.#tell('LISTEN', channel);
    return async () => {
      if (this.#listeners.delete(channel, listener) && !this.#closed) await this.#tell('UNLISTEN', channel);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => null);
    await client?.end();
  }

  /** A failure is one of the connection, which a new one makes good: it listens to what has listeners then. */
  async #tell(command: 'LISTEN' | 'UNLISTEN', channel: string): Promise<void> {
    try {
      const client = await this.#connected();
      await client.query(`${command} ${client.escapeIdentifier(channel)}`);
    } catch (err) {
      this.logger.warn({ err, channel }, 'bus connection failed, will be tried again');
    }
  }

  #connected(): Promise<Client> {
    if (this.#closed) return Promise.reject(new Error('the bus is closed'));
    if (this.#client !== null) return this.#client;
    const connecting = this.#connect(() => this.#lost(connecting));
    this.#client = connecting;
    connecting.then(
      () => (this.#failures = 0),
      () => this.#lost(connecting),
    );
    return connecting;
  }

  async #connect(onEnd: () => void): Promise<Client> {
    const client = new Client({
      connectionString: this.url,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
    });
    client.on('notification', ({ channel, payload }) => this.#listeners.deliver(channel, payload ?? 'null'));
    client.on('error', (err) => this.logger.warn({ err }, 'bus connection failed'));
    await client.connect();
    client.once('end', onEnd);
    for (const channel of this.#listeners.channels())
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
    return client;
  }

  #lost(connection: Promise<Client>): void {
    if (this.#client !== connection) return; // it has a successor
    this.#client = null;
    if (this.#closed || this.#listeners.channels().length === 0) return;
    const waitMs = Math.min(RECONNECT_MS * 2 ** this.#failures, LAST_RECONNECT_MS);
    this.#failures += 1;
    setTimeout(() => {
      if (!this.#closed) this.#connected().catch(() => undefined); // its failure comes back here
    }, waitMs).unref();
  }
}
