/**
 * An NBD server for one export on one unix socket; the empty export name means that export too.
 *
 * The device is opened when the first option needs it and released when the connection ends; `open` counts its users. Connections share
 * the device, so flushes cover all of them (multi-conn). Bounded: connections, time for the handshake, and per connection what
 * `TransmissionLimits` says. Called by archipelagod, once per attached volume.
 */
import { chmodSync, chownSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { BlockDevice } from '../block-device.js';
import { ByteReader, EndOfStream } from './byte-reader.js';
import { Handshake } from './handshake.js';
import { NbdProtocolError } from './protocol.js';
import { ReplyWriter } from './reply-writer.js';
import { type NewRequests, Transmission, type TransmissionLimits } from './transmission.js';

/** sockaddr_un holds 108 bytes with the final NUL. */
export const MAX_SOCKET_PATH_BYTES = 107;

export interface OpenExport {
  readonly device: BlockDevice;
  release(): void;
}

export interface NbdServerOptions {
  readonly path: string;
  readonly exportName: string;
  readonly description?: string;
  /** Opens the device for one more connection, or throws. */
  open(): Promise<OpenExport>;
  /** Mode bits of the socket, default 0660. */
  readonly mode?: number;
  /** Group that may connect (the hypervisor's); default: the process's own. */
  readonly groupId?: number;
  readonly limits?: Partial<NbdLimits>;
  /** Told of what goes wrong with a connection or a request. */
  onProblem?(what: string, error: unknown): void;
}

export interface NbdLimits extends TransmissionLimits {
  readonly maxConnections: number;
  readonly handshakeMs: number;
  /** How long `stop` waits for the requests under way before it cuts the connections. */
  readonly stopMs: number;
}

const MIB = 1024 * 1024;
const DEFAULT_LIMITS: NbdLimits = {
  maxPayloadBytes: 32 * MIB,
  maxRequests: 128,
  maxInFlightBytes: 64 * MIB,
  maxConnections: 16,
  handshakeMs: 30_000,
  stopMs: 5_000,
};

interface Connection {
  readonly socket: Socket;
  readonly done: Promise<void>;
  transmission: Transmission | null;
}

export class NbdServer {
  private readonly connections = new Set<Connection>();
  private readonly limits: NbdLimits;

  private constructor(
    private readonly options: NbdServerOptions,
    private readonly server: Server,
  ) {
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    server.on('connection', (socket) => this.onConnection(socket));
  }

  /** @throws Error when the path is longer than 107 bytes or cannot be bound */
  static async listen(options: NbdServerOptions): Promise<NbdServer> {
    checkSocketPath(options.path);
    // Half-open so that replies still go out to a client that has sent its last request.
    const server = createServer({ allowHalfOpen: true });
    const nbd = new NbdServer(options, server);
    await listenWithMode(server, options.path, options.mode ?? 0o660, options.groupId);
    return nbd;
  }

  get path(): string {
    return this.options.path;
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  /** Takes no more connections, answers what is under way, refuses or drops what comes, closes, and removes the socket. */
  async stop(newRequests: NewRequests = 'refuse'): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    await this.disconnect(newRequests);
    await closed;
    await unlink(this.options.path).catch(() => undefined);
  }

  /** Ends the connections there are, in the way of `stop`; new ones are welcome. */
  async disconnect(newRequests: NewRequests): Promise<void> {
    const timer = setTimeout(() => this.cut(), this.limits.stopMs);
    await Promise.all(
      [...this.connections].map(async (connection) => {
        await connection.transmission?.stop(newRequests);
        connection.socket.destroySoon();
        connection.socket.resume();
        await connection.done;
      }),
    );
    clearTimeout(timer);
  }

  private cut(): void {
    for (const { socket } of this.connections) socket.destroy();
  }

  private onConnection(socket: Socket): void {
    socket.on('error', () => undefined);
    if (this.connections.size >= this.limits.maxConnections) {
      this.options.onProblem?.('too many connections', undefined);
      socket.destroy();
      return;
    }
    const connection: { -readonly [K in keyof Connection]: Connection[K] } = {
      socket,
      done: Promise.resolve(),
      transmission: null,
    };
    this.connections.add(connection);
    connection.done = this.serve(connection).finally(() => this.connections.delete(connection));
  }

  private async serve(connection: Connection): Promise<void> {
    const { socket } = connection;
    const reader = new ByteReader(socket);
    const writer = new ReplyWriter(socket);
    let opened: OpenExport | null = null;
    const timer = setTimeout(() => socket.destroy(), this.limits.handshakeMs);
    try {
      const served = {
        name: this.options.exportName,
        description: this.options.description ?? '',
        open: async () => {
          opened = await this.options.open();
          return opened.device;
        },
      };
      const agreed = await new Handshake(reader, writer, served, this.limits.maxPayloadBytes).run();
      clearTimeout(timer);
      if (agreed === null) return;
      const onError = (error: unknown, command: number): void =>
        this.options.onProblem?.(`request of type ${command} failed`, error);
      connection.transmission = new Transmission(reader, writer, agreed, { limits: this.limits, onError });
      await connection.transmission.run();
    } catch (error) {
      if (error instanceof NbdProtocolError) this.options.onProblem?.('client broke the protocol', error);
      else if (!(error instanceof EndOfStream)) this.options.onProblem?.('connection failed', error);
    } finally {
      clearTimeout(timer);
      socket.destroySoon();
      socket.resume();
      (opened as OpenExport | null)?.release();
    }
  }
}

/** @throws Error that says what to change */
export function checkSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_SOCKET_PATH_BYTES) return;
  throw new Error(
    `the socket path ${path} has ${bytes} bytes, the limit is ${MAX_SOCKET_PATH_BYTES}: use a shorter directory`,
  );
}

/** Binds so that the socket never is open to more than `mode` says. @throws the error of bind, chmod or chown */
export async function listenWithMode(
  server: Server,
  path: string,
  mode: number,
  groupId?: number,
): Promise<void> {
  const before = process.umask(0o777 & ~mode);
  try {
    // bind happens inside this call, before it returns
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
      process.umask(before);
    });
  } finally {
    process.umask(before);
  }
  if (groupId !== undefined) chownSync(path, process.getuid?.() ?? 0, groupId);
  chmodSync(path, mode);
}
