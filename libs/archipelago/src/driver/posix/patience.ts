/** A call this long has waited for a disk, or for a processor. */
const SLOW_MS = 0.3;
/** So many slow calls in a row have waited for a disk: a processor that is taken away once is seldom taken at the next call too. */
const SLOW_CALLS = 3;
/** After them that many go to the thread pool. The next one is made on the event loop again, to see. */
const CALLS_AWAY = 64;

/**
 * Decides between the event loop and the thread pool. On data in the page cache a call on the event loop is done before the pool has
 * woken up a thread, but on cold data it keeps everybody waiting, and the pool has many under way (archipelago spec §6.11). Nobody tells which
 * data are cold, but neighbours in time tend to be alike.
 */
export class Patience {
  private away = 0;
  private slow = 0;
  private startedAt = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** True: make the call now, between `begin` and `end`. False: it goes to the pool. */
  begin(): boolean {
    if (this.away > 0) {
      this.away -= 1;
      return false;
    }
    this.startedAt = this.now();
    return true;
  }

  end(): void {
    this.slow = this.now() - this.startedAt > SLOW_MS ? this.slow + 1 : 0;
    // Still slow at the look after a pause: away again at once.
    if (this.slow >= SLOW_CALLS) this.away = CALLS_AWAY;
  }
}
