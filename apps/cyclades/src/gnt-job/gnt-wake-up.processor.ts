import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Producer, QueueBackend } from '@synnefo/queue';
import { FollowObject } from './follow-object.js';
import { type GntWakeUp, gntWakeUpQueue } from './gnt-wake-up.queue.js';

/** Objects followed at once by one worker; each may wait for a slow job. */
const CONCURRENCY = 16;
/** A job that takes longer is looked at again later, so that others get their turn. */
const TURN_MS = 20_000;
const AGAIN_MS = 1_000;

@Injectable()
export class GntWakeUpProcessor implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #stop = new AbortController();
  readonly #wakeUps: Producer<GntWakeUp>;

  constructor(
    private readonly queues: QueueBackend,
    private readonly followObject: FollowObject,
  ) {
    this.#wakeUps = queues.producer(gntWakeUpQueue);
  }

  onApplicationBootstrap(): void {
    this.queues.consume(gntWakeUpQueue, (wakeUp) => this.#follow(wakeUp), { concurrency: CONCURRENCY });
  }

  /** What is under way fails, and is taken up by another worker. */
  onApplicationShutdown(): void {
    this.#stop.abort();
  }

  async #follow(wakeUp: GntWakeUp): Promise<void> {
    const options = { timeoutMs: TURN_MS, signal: this.#stop.signal };
    const hasEnded = await this.followObject.toTheEnd(wakeUp, options);
    if (!hasEnded) await this.#wakeUps.add(wakeUp, { delayMs: AGAIN_MS });
  }
}
