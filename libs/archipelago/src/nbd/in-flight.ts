/**
 * Bounds what one connection may have under way: a number of requests, and the bytes of their payloads and unsent replies. A request that
 * is larger than what is left waits (and with it everything behind it on this connection); alone, a request always passes.
 */
export class InFlight {
  private requests = 0;
  private bytes = 0;
  private waiting: (() => void) | null = null;
  private drained: (() => void)[] = [];

  constructor(
    private readonly maxRequests: number,
    private readonly maxBytes: number,
  ) {}

  get isIdle(): boolean {
    return this.requests === 0;
  }

  /** As `enter`, but there is no waiting. @returns whether there was room */
  tryEnter(bytes: number): boolean {
    if (!this.hasRoom(bytes)) return false;
    this.admit(bytes);
    return true;
  }

  /** One caller at a time. @returns null when there was room at once */
  enter(bytes: number): Promise<void> | null {
    return this.tryEnter(bytes) ? null : this.enterLater(bytes);
  }

  leave(bytes: number): void {
    this.requests -= 1;
    this.bytes -= bytes;
    const waiting = this.waiting;
    this.waiting = null;
    waiting?.();
    if (this.requests === 0) for (const resolve of this.drained.splice(0)) resolve();
  }

  /** @returns when nothing is under way */
  async idle(): Promise<void> {
    if (this.requests > 0) await new Promise<void>((resolve) => this.drained.push(resolve));
  }

  private async enterLater(bytes: number): Promise<void> {
    while (!this.hasRoom(bytes)) await new Promise<void>((resolve) => (this.waiting = resolve));
    this.admit(bytes);
  }

  private hasRoom(bytes: number): boolean {
    return this.requests === 0 || (this.requests < this.maxRequests && this.bytes + bytes <= this.maxBytes);
  }

  private admit(bytes: number): void {
    this.requests += 1;
    this.bytes += bytes;
  }
}
