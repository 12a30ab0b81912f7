import type { Duplex } from 'node:stream';

/** Small replies share buffers of this size. */
const SHARED_BYTES = 256 * 1024;
/** Shared buffers kept for use again. */
const KEPT_BUFFERS = 4;

/** Part of a shared buffer: replies that are complete and not sent yet lie between `from` and `to`. */
interface Shared {
  readonly buffer: Buffer;
  from: number;
  to: number;
  /** Calls of `write` whose bytes the kernel has not taken. */
  writing: number;
}

/**
 * Sends whole replies. Those of one turn of the event loop leave in one system call, and each caller learns when the kernel has taken
 * its reply (or the connection has ended), which is what bounds the memory that unread replies hold.
 */
export class ReplyWriter {
  private isScheduled = false;
  private shared: Shared | null = null;
  private waiting: (() => void)[] = [];
  private readonly kept: Buffer[] = [];

  constructor(private readonly stream: Duplex) {}

  /** @returns when the bytes have left this process, or never can */
  send(parts: readonly Buffer[]): Promise<void> {
    if (this.isEnded) return Promise.resolve();
    this.schedule();
    const last = parts.length - 1;
    return new Promise((resolve) => {
      parts.forEach((part, index) => {
        if (index === last) this.stream.write(part, () => resolve());
        else this.stream.write(part);
      });
    });
  }

  /** Room for a reply of up to 256 KiB, to be filled and given to `sendShared` before anything else happens. */
  room(length: number): Buffer {
    let shared = this.shared;
    if (shared === null || shared.to + length > SHARED_BYTES) {
      this.writeShared();
      shared = {
        buffer: this.kept.pop() ?? Buffer.allocUnsafeSlow(SHARED_BYTES),
        from: 0,
        to: 0,
        writing: 0,
      };
      this.shared = shared;
    }
    return shared.buffer.subarray(shared.to, shared.to + length);
  }

  /** Sends the first `length` bytes of the last `room`. `onSent` is as the promise of `send`. */
  sendShared(length: number, onSent: () => void): void {
    if (this.shared !== null) this.shared.to += length;
    this.waiting.push(onSent);
    this.schedule();
  }

  private get isEnded(): boolean {
    return this.stream.destroyed || this.stream.writableEnded;
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.stream.cork();
    process.nextTick(() => {
      this.isScheduled = false;
      this.writeShared();
      this.stream.uncork();
    });
  }

  private writeShared(): void {
    const { shared, waiting } = this;
    if (shared === null || waiting.length === 0) return;
    this.waiting = [];
    const bytes = shared.buffer.subarray(shared.from, shared.to);
    shared.from = shared.to;
    shared.writing += 1;
    const onSent = (): void => {
      shared.writing -= 1;
      this.keep(shared);
      for (const tell of waiting) tell();
    };
    if (this.isEnded) onSent();
    else this.stream.write(bytes, onSent);
  }

  private keep(shared: Shared): void {
    if (shared.writing > 0) return;
    if (shared === this.shared) {
      if (shared.from < shared.to) return;
      shared.from = 0;
      shared.to = 0;
    } else if (this.kept.length < KEPT_BUFFERS) this.kept.push(shared.buffer);
  }
}
