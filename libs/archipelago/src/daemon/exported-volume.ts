/**
 * One attached volume: its NBD socket, and the volume itself, which is open while somebody uses it and for the linger time after.
 *
 * Used by one node alone, the volume is opened before a connection is accepted. While a live migration is announced (`share`), the
 * connections of both nodes are accepted at once, and the requests decide where it is open: see `LeasedDevice`.
 */
import type { Info, Volume } from '../block-device.js';
import { Busy } from '../errors.js';
import type { Peer } from '../lease/peer.js';
import { NbdServer, type NbdServerOptions } from '../nbd/server.js';
import type { NewRequests } from '../nbd/transmission.js';
import { LeasedDevice } from './leased-device.js';

export interface ExportedVolumeOptions {
  readonly name: string;
  readonly lingerMs: number;
  info(): Promise<Pick<Info, 'sizeBytes' | 'readOnly'>>;
  /** Takes the lease. @throws Busy while somebody else holds it */
  openVolume(): Promise<Volume>;
  /** Who holds the lease, this process aside. */
  holder(): Promise<Peer | null>;
  onProblem(what: string, error: unknown): void;
}

/** How long a client waits at the door while somebody else has the lease: for a moment (a snapshot), or for good. */
const CONNECT_PATIENCE_MS = 10_000;

export class ExportedVolume {
  private server: NbdServer | null = null;
  private users = 0;
  private linger: NodeJS.Timeout | null = null;

  private constructor(
    private readonly options: ExportedVolumeOptions,
    private readonly device: LeasedDevice,
  ) {}

  /** Serves the volume on a socket. @throws the error of the bind */
  static async listen(
    options: ExportedVolumeOptions,
    socket: Pick<NbdServerOptions, 'path' | 'groupId'>,
  ): Promise<ExportedVolume> {
    const { sizeBytes, readOnly } = await options.info();
    const device = new LeasedDevice({ ...options, readOnly }, sizeBytes);
    const exported = new ExportedVolume(options, device);
    exported.server = await NbdServer.listen({
      ...socket,
      exportName: options.name,
      open: async () => {
        await exported.enter(() => exported.prepare());
        return { device, release: () => exported.exit() };
      },
      onProblem: (what, error) => options.onProblem(what, error),
    });
    return exported;
  }

  get connectionCount(): number {
    return this.server?.connectionCount ?? 0;
  }

  get isOpen(): boolean {
    return this.device.isHere;
  }

  get isShared(): boolean {
    return this.device.isShared;
  }

  /** A live migration is announced: the volume may be served on another node too, and the lease may move. */
  share(): void {
    this.device.isShared = true;
  }

  /** The migration is over, and this node has the guest. @throws Busy when the lease is elsewhere and does not come */
  async keep(): Promise<void> {
    if (!this.isShared) return;
    // Nobody here means that the guest is not started yet: its connection will take the lease.
    if (this.users > 0) await this.device.take();
    this.device.isShared = false;
  }

  /**
   * The guest is no longer on this node: what it may still send is refused, and the lease is given up. Where no migration is announced a
   * guest that is still connected stays so, and is flushed.
   * @throws VolumeFailed when what was answered may not be durable
   */
  async surrender(): Promise<void> {
    const wasShared = this.isShared;
    this.device.isShared = false;
    this.device.interrupt();
    if (wasShared) await this.server?.disconnect('refuse');
    if (this.users === 0) await this.device.leave(() => this.users === 0);
    else await this.useHere((volume) => volume.flush());
  }

  /**
   * Closes the volume for another node that asks for it.
   * @throws Busy while it is used, unless a migration is announced here and, with `shared`, there
   */
  async giveUp({ shared }: { readonly shared: boolean }): Promise<void> {
    await this.device.leave(() => this.users === 0 || (this.isShared && shared));
    if (this.isOpen) throw new Busy(`volume ${this.options.name} is in use`, { resource: this.options.name });
  }

  /** Calls `fn` with the volume if it is open here. @returns null when it is not. @throws what `fn` throws */
  useHere<T>(fn: (volume: Volume) => Promise<T>): Promise<{ readonly result: T } | null> {
    return this.device.useHere(fn);
  }

  /** Ends all connections (what is under way is answered first), flushes and closes the volume, removes the socket. */
  async stop(newRequests: NewRequests): Promise<void> {
    this.device.interrupt();
    await this.server?.stop(newRequests);
    await this.close(() => true);
  }

  private async prepare(): Promise<void> {
    if (!this.isShared) await this.device.take(CONNECT_PATIENCE_MS);
    else if (!this.isOpen) this.device.sizeElsewhere = (await this.options.info()).sizeBytes;
  }

  /** One more user, if `fn` succeeds. */
  private async enter<T>(fn: () => Promise<T>): Promise<T> {
    this.users += 1;
    if (this.linger !== null) clearTimeout(this.linger);
    this.linger = null;
    try {
      return await fn();
    } catch (error) {
      this.exit();
      throw error;
    }
  }

  private exit(): void {
    this.users -= 1;
    if (this.users > 0 || !this.isOpen) return;
    this.linger = setTimeout(() => void this.close(), this.options.lingerMs);
    this.linger.unref();
  }

  private async close(mayLeave: () => boolean = () => this.users === 0): Promise<void> {
    if (this.linger !== null) clearTimeout(this.linger);
    this.linger = null;
    await this.device
      .leave(mayLeave)
      .catch((error: unknown) => this.options.onProblem('closing the volume failed', error));
  }
}
