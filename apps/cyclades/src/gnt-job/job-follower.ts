/**
 * Follows the Ganeti jobs of open effects to their end by polling: needs nothing on the cluster. Any number of workers share the jobs; each job is
 * looked at by one of them about once in `JOB_EVERY_MS`. What is lost on the way (a message, the whole queue) is seen again at the next look, for
 * the effect stays open until the message is applied. One that is slow to answer, or hangs, is left out until it has, and holds up no other. Switched off
 * where the cluster tells us by itself.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@synnefo/runtime';
import type { CycladesConfig } from '../config.js';
import { CONFIG, LOGGER } from '../core/tokens.js';
import { EffectClaims } from '../effect/effect-claims.js';
import { OpenJobs } from './open-jobs.js';

const ROUND_EVERY_MS = 250;
const JOB_EVERY_MS = 600;
const JOBS_PER_ROUND = 200;
/** A list of many jobs costs the cluster's master some CPU: after a look it has peace for this many times as long as that took. */
const REST = 4;
const MAX_REST_MS = 10_000;

@Injectable()
export class JobFollower implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> = Promise.resolve();
  /** Clusters that are being looked at, or have their rest. */
  readonly #looks = new Map<number, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(
    private readonly effects: EffectClaims,
    private readonly openJobs: OpenJobs,
    @Inject(CONFIG) private readonly config: CycladesConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.CYCLADES_JOB_FOLLOWER === 'on') this.#next();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#round;
    await Promise.all(this.#looks.values());
  }

  #next(): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#round = this.follow()
        .catch((err: unknown) => this.logger.warn({ err }, 'jobs not followed'))
        .finally(() => this.#next());
    }, ROUND_EVERY_MS);
  }

  /** Begins a round over the jobs that are due. */
  async follow(): Promise<void> {
    const due = { everyMs: JOB_EVERY_MS, limit: JOBS_PER_ROUND, exceptBackends: [...this.#looks.keys()] };
    const open = await this.effects.takeOpenJobs(due);
    for (const [backendId, look] of this.openJobs.lookEach(open, 'follower'))
      this.#looks.set(
        backendId,
        this.#withRest(look).finally(() => this.#looks.delete(backendId)),
      );
  }

  async #withRest(look: Promise<void>): Promise<void> {
    const from = performance.now();
    await look;
    const restMs = Math.min(MAX_REST_MS, (performance.now() - from) * REST);
    await delay(restMs, undefined, { signal: this.#stop.signal }).catch(() => undefined); // stopped: no rest is needed
  }
}
