/** Locks by name, given in the order in which they were asked for. All names of one holder are taken together, in name order. */
export class Locks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Waits for all of `names`. @returns the function that gives them back */
  async acquire(names: readonly string[]): Promise<() => void> {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const before: Promise<void>[] = [];
    for (const name of [...new Set(names)].sort()) {
      const tail = this.#tails.get(name);
      if (tail !== undefined) before.push(tail);
      const mine = (tail ?? Promise.resolve()).then(() => held);
      this.#tails.set(name, mine);
      void mine.then(() => {
        if (this.#tails.get(name) === mine) this.#tails.delete(name);
      });
    }
    await Promise.all(before);
    return release;
  }
}
