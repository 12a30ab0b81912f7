import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { QueueBackend } from '@synnefo/queue';
import { effectQueue } from './effect.queue.js';
import { EffectRunner } from './effect-runner.js';
import { Effects } from './effects.js';

/** Effects under way in one worker; each may wait for a slow cluster. */
const CONCURRENCY = 16;

@Injectable()
export class EffectProcessor implements OnApplicationBootstrap {
  constructor(
    private readonly queues: QueueBackend,
    private readonly runner: EffectRunner,
    private readonly effects: Effects,
  ) {}

  onApplicationBootstrap(): void {
    this.queues.consume(effectQueue, ({ effectId, round }) => this.#handle(effectId, round), {
      concurrency: CONCURRENCY,
    });
  }

  async #handle(effectId: string, round: number): Promise<void> {
    const progress = await this.runner.run(effectId);
    if (progress.kind === 'again')
      await this.effects.enqueue(effectId, { round: round + 1, delayMs: progress.afterMs });
  }
}
