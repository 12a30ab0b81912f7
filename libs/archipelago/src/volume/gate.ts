/** Lets requests through, or stops new ones and waits for those inside. */
export class Gate {
  private inside = 0;
  private closed: Promise<void> | null = null;
  private open: () => void = () => undefined;
  private drained: () => void = () => undefined;

  /** Whether a request that takes no waiting may pass. */
  get isOpen(): boolean {
    return this.closed === null;
  }

  /** Runs a request; while the gate is closed it waits outside. */
  async pass<T>(fn: () => Promise<T>): Promise<T> {
    while (this.closed !== null) await this.closed;
    this.inside += 1;
    try {
      return await fn();
    } finally {
      this.inside -= 1;
      if (this.inside === 0) this.drained();
    }
  }

  /** Closes the gate, waits until nobody is inside, runs `fn`, opens it again. */
  async alone<T>(fn: () => Promise<T>): Promise<T> {
    while (this.closed !== null) await this.closed;
    this.closed = new Promise((resolve) => {
      this.open = resolve;
    });
    try {
      if (this.inside > 0) {
        await new Promise<void>((resolve) => {
          this.drained = resolve;
        });
      }
      return await fn();
    } finally {
      this.closed = null;
      this.drained = () => undefined;
      this.open();
    }
  }
}
