import type { Duplex } from 'node:stream';

/** The peer closed its side in the middle of what was being read, or before it. */
export class EndOfStream extends Error {
  override readonly name = 'EndOfStream';
}

/** Received bytes beyond this stop the reading of the socket until they are taken. */
const HIGH_WATER_BYTES = 1024 * 1024;

/**
 * Takes exact numbers of bytes from a stream, without a copy where they lie in one received piece. One caller at a time.
 * What the peer sends ahead is bounded: the stream is paused at 1 MiB (or at what the waiting caller needs).
 */
export class ByteReader {
  private chunks: Buffer[] = [];
  /** Bytes of the first chunk that are taken. */
  private position = 0;
  private available = 0;
  private ended = false;
  private needed = 0;
  private wake: (() => void) | null = null;

  constructor(private readonly stream: Duplex) {
    stream.on('data', (chunk: Buffer) => this.onData(chunk));
    const end = (): void => this.onEnd();
    stream.once('end', end).once('close', end).once('error', end);
  }

  /** @returns `length` bytes if they are here already, else null */
  tryTake(length: number): Buffer | null {
    if (this.available < length) return null;
    const first = this.chunks[0];
    if (first !== undefined && first.length - this.position >= length) {
      const taken = first.subarray(this.position, this.position + length);
      this.advance(first, length);
      this.resumeIfLow();
      return taken;
    }
    const taken = Buffer.allocUnsafe(length);
    this.copyTo(taken, length);
    return taken;
  }

  /** Bytes received and not taken. */
  get buffered(): number {
    return this.available;
  }

  /** @returns the next `length` bytes, which stay where they are, if they lie in one piece */
  peek(length: number): Buffer | null {
    const first = this.chunks[0];
    if (first === undefined || first.length - this.position < length) return null;
    return first.subarray(this.position, this.position + length);
  }

  /** Takes what `peek` has shown. */
  drop(length: number): void {
    const first = this.chunks[0];
    if (first !== undefined) this.advance(first, length);
    this.resumeIfLow();
  }

  /** @throws EndOfStream */
  async take(length: number): Promise<Buffer> {
    for (;;) {
      const taken = this.tryTake(length);
      if (taken !== null) return taken;
      await this.waitFor(length);
    }
  }

  /** Fills the buffer as bytes come in. @throws EndOfStream */
  async fill(target: Buffer): Promise<void> {
    let filled = 0;
    while (filled < target.length) {
      if (this.available === 0) await this.waitFor(1);
      filled += this.copyTo(target.subarray(filled), Math.min(this.available, target.length - filled));
    }
  }

  /** Takes and drops bytes. @throws EndOfStream */
  async skip(length: number): Promise<void> {
    const scratch = Buffer.allocUnsafe(Math.min(length, 64 * 1024));
    for (let left = length; left > 0;) {
      if (this.available === 0) await this.waitFor(1);
      left -= this.copyTo(scratch, Math.min(this.available, left, scratch.length));
    }
  }

  private copyTo(target: Buffer, length: number): number {
    let copied = 0;
    while (copied < length) {
      const first = this.chunks[0];
      if (first === undefined) break;
      const part = Math.min(first.length - this.position, length - copied);
      first.copy(target, copied, this.position, this.position + part);
      this.advance(first, part);
      copied += part;
    }
    this.resumeIfLow();
    return copied;
  }

  private advance(first: Buffer, length: number): void {
    this.available -= length;
    this.position += length;
    if (this.position < first.length) return;
    this.chunks.shift();
    this.position = 0;
  }

  private onData(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.available += chunk.length;
    if (this.available >= Math.max(HIGH_WATER_BYTES, this.needed)) this.stream.pause();
    if (this.available >= this.needed) this.signal();
  }

  private onEnd(): void {
    this.ended = true;
    this.signal();
  }

  private signal(): void {
    const wake = this.wake;
    this.wake = null;
    wake?.();
  }

  private resumeIfLow(): void {
    if (this.stream.isPaused() && this.available < HIGH_WATER_BYTES && !this.ended) this.stream.resume();
  }

  private async waitFor(length: number): Promise<void> {
    if (this.ended) throw new EndOfStream('the peer closed the connection');
    this.needed = length;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (this.stream.isPaused()) this.stream.resume();
    });
    this.needed = 0;
    if (this.ended && this.available < length) throw new EndOfStream('the peer closed the connection');
  }
}
