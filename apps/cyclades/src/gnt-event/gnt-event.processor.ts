import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { QueueBackend } from '@synnefo/queue';
import { ApplyBuildProgress } from './apply-build-progress.js';
import { ApplyGntEvent } from './apply-gnt-event.js';
import { type GntEvent, gntEventQueue } from './gnt-event.queue.js';

const CONCURRENCY = 8;

@Injectable()
export class GntEventProcessor implements OnApplicationBootstrap {
  constructor(
    private readonly queues: QueueBackend,
    private readonly applyGntEvent: ApplyGntEvent,
    private readonly applyBuildProgress: ApplyBuildProgress,
  ) {}

  onApplicationBootstrap(): void {
    this.queues.consume(gntEventQueue, (event) => this.#apply(event), { concurrency: CONCURRENCY });
  }

  #apply(event: GntEvent): Promise<void> {
    return event.kind === 'job' ? this.applyGntEvent.apply(event) : this.applyBuildProgress.apply(event);
  }
}
