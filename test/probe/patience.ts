/** A user waits a minute for the end of what was asked; the minute begins when everything is back. */
const LIMIT_MS = 60_000;

/** How long one user still waits. */
export class Patience {
  #until = Date.now() + LIMIT_MS;
  #faults = 0;
  #repeats = 0;

  get isOver(): boolean {
    return this.#faults === 0 && Date.now() > this.#until;
  }

  /** How often something had to be asked again since the last `begin()`. */
  get repeats(): number {
    return this.#repeats;
  }

  /** Something new is asked for. */
  begin(): void {
    this.#until = Date.now() + LIMIT_MS;
    this.#repeats = 0;
  }

  asksAgain(): void {
    this.#repeats += 1;
  }

  /** Waits without limit while `fn` runs, and anew when it is over. */
  async during<T>(fn: () => Promise<T>): Promise<T> {
    this.#faults += 1;
    try {
      return await fn();
    } finally {
      this.#faults -= 1;
      this.#until = Date.now() + LIMIT_MS;
    }
  }
}
