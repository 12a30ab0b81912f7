import { Injectable } from '@nestjs/common';
import { BackendPool } from '../backend/backend-pool.js';
import type { EffectOutcome } from '../effect/effect-handler.js';
import type { JobEvent } from './gnt-event.queue.js';

/** What the cluster itself says about the end of a job. */
export type ReadOutcome = Partial<Pick<EffectOutcome, 'status' | 'nics'>>;

/** Asks the cluster for what a message cannot know or does not carry. */
@Injectable()
export class JobOutcome {
  constructor(private readonly backends: BackendPool) {}

  /** @returns null when the message says all. @throws what RAPI throws */
  async read({ backendId, operation, status, objectName, nics }: JobEvent): Promise<ReadOutcome | null> {
    if (objectName === null) return null;
    const isCreated = operation === 'OP_INSTANCE_CREATE' && status === 'success';
    if (isCreated && nics === undefined) return this.#nics(backendId, objectName);
    if (operation !== 'OP_INSTANCE_REMOVE' || status !== 'error') return null;
    // What was to be removed is not there: that is success (compute spec 3.8.2).
    const rapi = await this.backends.client(backendId);
    return (await rapi.findInstance(objectName)) === null ? { status: 'success' } : null;
  }

  async #nics(backendId: number, instanceName: string): Promise<ReadOutcome | null> {
    const rapi = await this.backends.client(backendId);
    const instance = await rapi.findInstance(instanceName);
    if (instance === null) return null;
    const macs = instance['nic.macs'];
    return { nics: instance['nic.names'].map((name, index) => ({ name, mac: macs[index] ?? null })) };
  }
}
