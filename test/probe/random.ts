import { createHash, randomInt } from 'node:crypto';

/** Every moment of a run of the probes follows from it; PROBE_SEED repeats a run. */
export const SEED = Number(process.env.PROBE_SEED ?? randomInt(1_000_000));

/** A number from 0 to 1 that belongs to `what` in a run with this seed. */
export function chance(what: string): number {
  return createHash('sha256').update(`${SEED} ${what}`).digest().readUInt32LE() / 2 ** 32;
}
