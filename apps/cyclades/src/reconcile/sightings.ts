/** What was seen in the round before. A difference counts when it is seen in two rounds in a row: a job in flight is over by then. Not safe to lose, not harmful either. */
export class Sightings {
  #last = new Map<string, number>();

  /** @param keepMs a round that is older is not the one before */
  constructor(
    private readonly keepMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Notes this round. @returns what the round before had as well */
  confirm<T>(found: readonly T[], keyOf: (item: T) => string): T[] {
    const now = this.now();
    const before = this.#last;
    this.#last = new Map(found.map((item) => [keyOf(item), now]));
    return found.filter((item) => now - (before.get(keyOf(item)) ?? -Infinity) <= this.keepMs);
  }
}
