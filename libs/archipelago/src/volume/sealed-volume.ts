import type { SealedReader } from '../resource/resource.js';
import type { Extent, Info, Volume } from '../block-device.js';
import { ReadOnly } from '../errors.js';

/** A read-only resource as a block device. */
export class SealedVolume implements Volume {
  readonly readOnly = true;

  constructor(private readonly reader: SealedReader) {}

  get name(): string {
    return this.reader.info.name;
  }

  get sizeBytes(): number {
    return this.reader.info.sizeBytes;
  }

  read(offset: number, length: number): Promise<Buffer> {
    return this.reader.read(offset, length);
  }

  async extents(offset: number, length: number): Promise<Extent[]> {
    const out: Extent[] = [];
    for await (const segment of this.reader.segments(offset, length)) {
      if (segment.kind === 'zero') out.push({ length: segment.length, state: 'zero' });
      else out.push({ length: segment.length, state: 'data', owner: segment.hash ? 'cas' : 'shared' });
    }
    return out;
  }

  async flush(): Promise<void> {
    // Nothing can be dirty.
  }

  async close(): Promise<void> {
    // No lease is held.
  }

  write(): Promise<void> {
    return this.refuse();
  }

  trim(): Promise<void> {
    return this.refuse();
  }

  writeZeroes(): Promise<void> {
    return this.refuse();
  }

  snapshot(): Promise<Info> {
    return this.refuse();
  }

  grow(): Promise<void> {
    return this.refuse();
  }

  private refuse(): Promise<never> {
    return Promise.reject(new ReadOnly(`resource ${this.name} is read-only`, { resource: this.name }));
  }
}
