/**
 * One attached volume: its NBD socket, and the volume itself, which is open while somebody uses it and for the linger time after.
 *
 * The volume is opened by its first user (a connection, a snapshot, a grow), all users share it, and opening again waits for the closing
 * before it, so that this process never holds it twice.
 */
import type { Volume } from '../block-device.js';
import { NbdServer, type NbdServerOptions } from '../nbd/server.js';
import type { NewRequests } from '../nbd/transmission.js';

export interface ExportedVolumeOptions {
  readonly name: string;
  readonly lingerMs: number;
  openVolume(): Promise<Volume>;
  onProblem(what: string, error: unknown): void;
}

export class ExportedVolume {
  private server: NbdServer | null = null;
  private volume: Promise<Volume> | null = null;
  private closing: Promise<void> = Promise.resolve();
  private users = 0;
  private linger: NodeJS.Timeout | null = null;

  private constructor(private readonly options: ExportedVolumeOptions) {}

  /** Serves the volume on a socket; it is opened when the first client comes. @throws the error of the bind */
  static async listen(
    options: ExportedVolumeOptions,
    socket: Pick<NbdServerOptions, 'path' | 'groupId'>,
  ): Promise<ExportedVolume> {
    const exported = new ExportedVolume(options);
    exported.server = await NbdServer.listen({
      ...socket,
      exportName: options.name,
      open: async () => {
        const device = await exported.acquire();
        return { device, release: () => exported.release() };
      },
      onProblem: (what, error) => options.onProblem(what, error),
    });
    return exported;
  }

  get connectionCount(): number {
    return this.server?.connectionCount ?? 0;
  }

  get isOpen(): boolean {
    return this.volume !== null;
  }

  /** Calls `fn` with the open volume. @throws what opening or `fn` throws */
  async use<T>(fn: (volume: Volume) => Promise<T>): Promise<T> {
    const volume = await this.acquire();
    try {
      return await fn(volume);
    } finally {
      this.release();
    }
  }

  /** Flushes if it is open. */
  async flush(): Promise<void> {
    if (this.volume !== null) await this.use((volume) => volume.flush());
  }

  /** Ends all connections (what is under way is answered first), flushes and closes the volume, removes the socket. */
  async stop(newRequests: NewRequests): Promise<void> {
    await this.server?.stop(newRequests);
    await this.close();
  }

  private async acquire(): Promise<Volume> {
    this.users += 1;
    if (this.linger !== null) clearTimeout(this.linger);
    this.linger = null;
    this.volume ??= this.closing.then(() => this.options.openVolume());
    const opening = this.volume;
    try {
      return await opening;
    } catch (error) {
      this.users -= 1;
      if (this.volume === opening) this.volume = null;
      throw error;
    }
  }

  private release(): void {
    this.users -= 1;
    if (this.users > 0 || this.volume === null) return;
    this.linger = setTimeout(() => void this.close(), this.options.lingerMs);
    this.linger.unref();
  }

  private async close(): Promise<void> {
    if (this.linger !== null) clearTimeout(this.linger);
    this.linger = null;
    const volume = this.volume;
    this.volume = null;
    if (volume !== null) {
      this.closing = volume
        .then((opened) => opened.close())
        .catch((error: unknown) => this.options.onProblem('closing the volume failed', error));
    }
    await this.closing;
  }
}
