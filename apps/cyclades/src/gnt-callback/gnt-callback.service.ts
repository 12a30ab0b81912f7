import { Inject, Injectable } from '@nestjs/common';
import { ItemNotFound, ServiceUnavailable } from '@synnefo/api';
import { isFinal } from '@synnefo/ganeti-rapi';
import { type Producer, QueueBackend, QueueDown } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import { BackendService } from '../backend/backend.service.js';
import { LOGGER } from '../core/tokens.js';
import { type GntEvent, gntEventQueue } from '../gnt-event/gnt-event.queue.js';
import { type GntWakeUp, gntWakeUpQueue } from '../gnt-job/gnt-wake-up.queue.js';
import { backendRefreshQueue } from '../reconcile/reconcile.queue.js';
import { buildProgress, jobEvent } from './message-events.js';
import type { GntMessage } from './gnt-callback.schema.js';

/** Puts the messages of a master into the queues: nothing else happens while it waits. */
@Injectable()
export class GntCallbackService {
  readonly #events: Producer<GntEvent>;
  readonly #wakeUps: Producer<GntWakeUp>;
  readonly #refreshes: Producer<Record<string, never>>;

  constructor(
    private readonly backends: BackendService,
    queues: QueueBackend,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#events = queues.producer(gntEventQueue);
    this.#wakeUps = queues.producer(gntWakeUpQueue);
    this.#refreshes = queues.producer(backendRefreshQueue);
  }

  /**
   * Takes all messages, or fails: then the master sends them again, and those that were taken already change nothing.
   * @throws ItemNotFound for a cluster that is not ours; ServiceUnavailable when the queues are away
   */
  async receive(clusterName: string, messages: readonly GntMessage[]): Promise<void> {
    const backend = await this.backends.find(clusterName);
    if (backend === null) throw new ItemNotFound('There is no such cluster.');
    try {
      await Promise.all(messages.map((message) => this.#enqueue(backend.id, message)));
    } catch (error) {
      if (!(error instanceof QueueDown)) throw error;
      throw new ServiceUnavailable('The queues are away.', { cause: error });
    }
  }

  async #enqueue(backendId: number, message: GntMessage): Promise<void> {
    switch (message.type) {
      case 'ganeti-op-status':
      case 'ganeti-network-status':
        return this.#events.add(jobEvent(backendId, message));
      case 'wake-up':
        return this.#wakeUps.add({ backendId, objectName: message.name, operation: message.operation });
      case 'ganeti-cluster-status':
        return isFinal(message.status) ? this.#refreshes.add({}) : undefined;
      case 'unknown':
        this.logger.warn({ backendId, type: message.named }, 'message of a kind that is not known');
        return;
      default:
        return this.#events.add(buildProgress(backendId, message));
    }
  }
}
