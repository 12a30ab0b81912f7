import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { QueueBackend } from '@synnefo/queue';
import { effectQueue } from './effect.queue.js';
import { EffectRunner } from './effect-runner.js';
import { Effects } from './effects.js';

/** Effects under way in one worker, of all clusters; each may wait for a slow cluster. */
const CONCURRENCY = 64;

@Injectable()
export class EffectProcessor implements OnApplicationBootstrap {
  constructor(
    private readonly queues: QueueBackend,
    private readonly runner: EffectRunner,
    private readonly effects: Effects,
  ) {}

  onApplicationBootstrap(): void {
    this.queues.consume(effectQueue, ({ effectId }) => this.#handle(effectId), {
      concurrency: CONCURRENCY,
    });
  }

  async #handle(effectId: string): Promise<void> {
    const progress = await this.runner.run(effectId);
    if (progress.kind === 'over') return;
    const { afterMs } = progress;
    // One a while: several wake-ups of an effect (the reconciler adds some) become one, else a cluster that is away would gather more and more.
    await this.effects.enqueue(effectId, { round: Math.floor(Date.now() / afterMs) + 1, delayMs: afterMs });
  }
}
