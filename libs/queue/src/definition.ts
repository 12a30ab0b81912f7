import type { z } from 'zod';

/** What a queue carries, and how a failed job of it is tried again. Payloads hold ids: no rows, no secrets (the queue stores clear text). */
export interface QueueDefinition<P> {
  /** `<app>.<noun>`; no `:` (BullMQ forbids it). */
  readonly name: string;
  readonly payload: z.ZodType<P>;
  /** Unique per intent, never per object: an add whose id still exists is dropped. Without it every add is a job of its own. */
  readonly jobId?: (payload: P) => string;
  /** Tries in all. What is given up is found again by a reconciler. */
  readonly attempts: number;
  /** Wait before the second try; doubled each time. */
  readonly backoffMs: number;
}

/** Declares a queue. @throws Error on a name that BullMQ refuses */
export function defineQueue<P>(definition: QueueDefinition<P>): QueueDefinition<P> {
  if (!/^[a-z-]+\.[a-z-]+$/.test(definition.name))
    throw new Error(`'${definition.name}' is no queue name: use app.noun`);
  return Object.freeze(definition);
}

/** Thrown by a handler: trying again cannot help, the job ends now. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
}

/** The queue's server does not answer; nothing is known to be enqueued. */
export class QueueDown extends Error {
  override readonly name = 'QueueDown';
}
