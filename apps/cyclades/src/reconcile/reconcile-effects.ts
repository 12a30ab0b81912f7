import { Injectable } from '@nestjs/common';
import { EffectClaims } from '../effect/effect-claims.js';
import { Effects } from '../effect/effects.js';

const FORGOTTEN_MS = 5_000;
const LIMIT = 500;
const ROUND_MS = 5_000;

/** Wakes a worker for effects whose wake-up was lost: with the API that committed them, or with all of the queue. */
@Injectable()
export class ReconcileEffects {
  constructor(
    private readonly repository: EffectClaims,
    private readonly effects: Effects,
  ) {}

  /** @returns how many were found */
  async run(): Promise<number> {
    const ids = await this.repository.forgotten(FORGOTTEN_MS, LIMIT);
    // One round a while, whoever finds them: reconcilers side by side add the same job.
    const round = Math.floor(Date.now() / ROUND_MS);
    for (const id of ids) await this.effects.enqueue(id, { round });
    return ids.length;
  }
}
