import type { DurabilityOptions, Extent, Info, Volume, WriteZeroesOptions } from '../block-device.js';

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
    return this.volume.read(offset, length);
  }

  write(offset: number, data: Buffer, options?: DurabilityOptions): Promise<void> {
    return this.volume.write(offset, data, options);
  }

  trim(offset: number, length: number, options?: DurabilityOptions): Promise<void> {
    return this.volume.trim(offset, length, options);
  }

  writeZeroes(offset: number, length: number, options?: WriteZeroesOptions): Promise<void> {
    return this.volume.writeZeroes(offset, length, options);
  }

  flush(): Promise<void> {
    return this.volume.flush();
  }

  extents(offset: number, length: number): Promise<Extent[]> {
    return this.volume.extents(offset, length);
  }

  snapshot(name: string): Promise<Info> {
    return this.volume.snapshot(name);
  }

  grow(sizeBytes: number): Promise<void> {
    return this.volume.grow(sizeBytes);
  }

  close(): Promise<void> {
    this.closing ??= this.onClose();
    return this.closing;
  }
}
