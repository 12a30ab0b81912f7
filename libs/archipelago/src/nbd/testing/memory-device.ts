import type { BlockDevice, Extent } from '../../block-device.js';

/** A block device in memory for tests: it keeps what was allocated in blocks of 4 KiB, and its calls can be held or made to fail. */
export class MemoryDevice implements BlockDevice {
  readonly data: Buffer;
  readonly calls: string[] = [];
  /** Awaited before each call does its work; tests replace it to hold or to fail calls. */
  before: (call: string) => Promise<void> = async () => undefined;
  private readonly allocated: Uint8Array;

  constructor(
    readonly sizeBytes: number,
    readonly readOnly = false,
    private readonly blockBytes = 4096,
  ) {
    this.data = Buffer.alloc(sizeBytes);
    this.allocated = new Uint8Array(Math.ceil(sizeBytes / blockBytes));
  }

  async read(offset: number, length: number): Promise<Buffer> {
    await this.call(`read ${offset} ${length}`);
    return Buffer.from(this.data.subarray(offset, offset + length));
  }

  async write(offset: number, data: Buffer, options?: { fua?: boolean }): Promise<void> {
    await this.call(`write ${offset} ${data.length}${options?.fua === true ? ' fua' : ''}`);
    data.copy(this.data, offset);
    if (data.length > 0) this.mark(offset, data.length, 1);
  }

  async trim(offset: number, length: number, options?: { fua?: boolean }): Promise<void> {
    await this.call(`trim ${offset} ${length}${options?.fua === true ? ' fua' : ''}`);
    this.punch(offset, length);
  }

  async writeZeroes(
    offset: number,
    length: number,
    options?: { fua?: boolean; noHole?: boolean },
  ): Promise<void> {
    await this.call(
      `zero ${offset} ${length}${options?.fua === true ? ' fua' : ''}${options?.noHole === true ? ' no-hole' : ''}`,
    );
    this.data.fill(0, offset, offset + length);
    if (options?.noHole === true) this.mark(offset, length, 1);
    else this.punch(offset, length);
  }

  async flush(): Promise<void> {
    await this.call('flush');
  }

  async extents(offset: number, length: number): Promise<Extent[]> {
    await this.call(`extents ${offset} ${length}`);
    const extents: Extent[] = [];
    for (let at = offset; at < offset + length;) {
      const block = Math.floor(at / this.blockBytes);
      const end = Math.min(offset + length, (block + 1) * this.blockBytes);
      extents.push(
        this.allocated[block] === 1
          ? { length: end - at, state: 'data', owner: 'private' }
          : { length: end - at, state: 'zero' },
      );
      at = end;
    }
    return extents;
  }

  private async call(text: string): Promise<void> {
    this.calls.push(text);
    await this.before(text);
  }

  private punch(offset: number, length: number): void {
    const from = Math.ceil(offset / this.blockBytes);
    const to = Math.floor((offset + length) / this.blockBytes);
    if (to <= from) return;
    this.data.fill(0, from * this.blockBytes, to * this.blockBytes);
    this.allocated.fill(0, from, to);
  }

  private mark(offset: number, length: number, value: 0 | 1): void {
    this.allocated.fill(
      value,
      Math.floor(offset / this.blockBytes),
      Math.ceil((offset + length) / this.blockBytes),
    );
  }
}
