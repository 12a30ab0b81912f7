/**
 * BullMQ on PostgreSQL makes its first connection once: when that fails (a busy machine needs more than the time limit; the server comes up later)
 * the queue answers every call with that failure, for good. The connection that it waits for is therefore tried until it works or the queues close;
 * those of single queries fail as they are, since their callers try again or tell.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresQueueBackend } from 'bullmq';

const FIRST_WAIT_MS = 200;
const LAST_WAIT_MS = 5_000;

export interface PatientOptions {
  /** Aborted when the queues close. */
  readonly signal: AbortSignal;
  readonly logger: { warn(fields: object, message: string): void };
}

/** Makes the first connection of `backend` patient. @returns the same back end */
export function patientBackend(backend: PostgresQueueBackend, options: PatientOptions): PostgresQueueBackend {
  const { pool } = backend.connection;
  // node-postgres calls it with a callback for each query; without one only the start of a back end calls it
  const connect: (...callback: unknown[]) => ReturnType<typeof pool.connect> = pool.connect.bind(pool);
  pool.connect = (...callback: unknown[]) =>
    callback.length > 0 ? connect(...callback) : untilConnected(() => connect(), options);
  return backend;
}

async function untilConnected<T>(connect: () => Promise<T>, { signal, logger }: PatientOptions): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LAST_WAIT_MS)) {
    try {
      return await connect();
    } catch (err) {
      if (signal.aborted) throw err;
      logger.warn({ err }, 'queue connection failed, will be tried again');
    }
    await delay(waitMs, undefined, { signal, ref: false });
  }
}
