const CAPACITY = 65_536;

/** Objects whose directory entry is known to be on stable storage; forgets the oldest first, which only costs a flush. */
export class DurableNames {
  private readonly names = new Set<string>();

  has(key: string): boolean {
    return this.names.has(key);
  }

  add(key: string): void {
    this.names.add(key);
    if (this.names.size <= CAPACITY) return;
    const [oldest] = this.names;
    if (oldest !== undefined) this.names.delete(oldest);
  }

  delete(key: string): void {
    this.names.delete(key);
  }
}
