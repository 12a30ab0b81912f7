import type { DurabilityOptions, Extent, Info, Volume, WriteZeroesOptions } from '../block-device.js';
import { NotFound } from '../errors.js';

/** One user's handle of an open volume; closing it leaves the volume open for the others. */
export class SharedVolume implements Volume {
  readonly readOnly = false;
  private closing: Promise<void> | null = null;

  constructor(
    private readonly volume: Volume,
    private readonly onClose: () => Promise<void>,
  ) {}

  get name(): string {
    return this.volume.name;
  }

  get sizeBytes(): number {
    return this.volume.sizeBytes;
  }

  read(offset: number, length: number): Promise<Buffer> {
    return this.use((volume) => volume.read(offset, length));
  }

  readNow(offset: number, target: Buffer): 'data' | 'zero' | null {
    return this.closing === null ? (this.volume.readNow?.(offset, target) ?? null) : null;
  }

  writeNow(offset: number, data: Buffer): boolean {
    return this.closing === null && (this.volume.writeNow?.(offset, data) ?? false);
  }

  write(offset: number, data: Buffer, options?: DurabilityOptions): Promise<void> {
    return this.use((volume) => volume.write(offset, data, options));
  }

  trim(offset: number, length: number, options?: DurabilityOptions): Promise<void> {
    return this.use((volume) => volume.trim(offset, length, options));
  }

  writeZeroes(offset: number, length: number, options?: WriteZeroesOptions): Promise<void> {
    return this.use((volume) => volume.writeZeroes(offset, length, options));
  }

  flush(): Promise<void> {
    return this.use((volume) => volume.flush());
  }

  extents(offset: number, length: number): Promise<Extent[]> {
    return this.use((volume) => volume.extents(offset, length));
  }

  snapshot(name: string): Promise<Info> {
    return this.use((volume) => volume.snapshot(name));
  }

  grow(sizeBytes: number): Promise<void> {
    return this.use((volume) => volume.grow(sizeBytes));
  }

  close(): Promise<void> {
    this.closing ??= this.onClose();
    return this.closing;
  }

  /** Refuses what comes after this handle's own close, which the others' volume would do. */
  private use<T>(fn: (volume: Volume) => Promise<T>): Promise<T> {
    if (this.closing === null) return fn(this.volume);
    return Promise.reject(new NotFound(`volume ${this.name} is closed`, { resource: this.name }));
  }
}
