import type { Duplex } from 'node:stream';

/**
 * Sends whole replies. Those of one turn of the event loop leave in one system call, and each caller learns when the kernel has taken
 * its reply (or the connection has ended), which is what bounds the memory that unread replies hold.
 */
export class ReplyWriter {
  private corked = false;

  constructor(private readonly stream: Duplex) {}

  /** @returns when the bytes have left this process, or never can */
  send(parts: readonly Buffer[]): Promise<void> {
    if (this.stream.destroyed || this.stream.writableEnded) return Promise.resolve();
    if (!this.corked) {
      this.corked = true;
      this.stream.cork();
      process.nextTick(() => {
        this.corked = false;
        this.stream.uncork();
      });
    }
    const last = parts.length - 1;
    return new Promise((resolve) => {
      parts.forEach((part, index) => {
        if (index === last) this.stream.write(part, () => resolve());
        else this.stream.write(part);
      });
    });
  }
}
