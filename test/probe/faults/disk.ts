/** A disk of its own for a directory (a tmpfs: needs root), which can be filled and be given room again. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KIB, MIB } from '@synnefo/units';

/** What processes give back is taken again so often. */
const REFILL_MS = 100;

export class Disk {
  private constructor(private readonly dir: string) {}

  /** Mounts it; the directory is made. */
  static mount(dir: string, sizeMib: number): Disk {
    mkdirSync(dir, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', dir]);
    return new Disk(dir);
  }

  /** Is full for so long. */
  async full(ms: number): Promise<void> {
    const ballast = path.join(this.dir, 'ballast');
    const until = Date.now() + ms;
    const file = openSync(ballast, 'a');
    try {
      while (Date.now() < until) {
        fill(file);
        await delay(REFILL_MS);
      }
    } finally {
      closeSync(file);
      rmSync(ballast);
    }
  }

  unmount(): void {
    execFileSync('umount', ['--lazy', this.dir]);
  }
}

/** Writes until nothing fits any more. */
function fill(file: number): void {
  for (const size of [MIB, 4 * KIB]) {
    const zeros = Buffer.alloc(size);
    try {
      for (;;) if (writeSync(file, zeros) < size) break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
