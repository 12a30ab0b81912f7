import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { QueueBackend } from '@synnefo/queue';
import { ApplyGntEvent } from './apply-gnt-event.js';
import { gntEventQueue } from './gnt-event.queue.js';

const CONCURRENCY = 8;

@Injectable()
export class GntEventProcessor implements OnApplicationBootstrap {
  constructor(
    private readonly queues: QueueBackend,
    private readonly applyGntEvent: ApplyGntEvent,
  ) {}

  onApplicationBootstrap(): void {
    this.queues.consume(gntEventQueue, (event) => this.applyGntEvent.apply(event), {
      concurrency: CONCURRENCY,
    });
  }
}
