/**
 * BullMQ over Redis or over PostgreSQL, told apart by the URL. PostgreSQL rows are the truth everywhere; a queue only wakes somebody up, so all of
 * this may be lost. A killed worker's job is taken up by another within `STALLED_INTERVAL_MS`; with BullMQ's own defaults it waits a minute, and a
 * second kill fails it for good.
 */
import {
  createPostgresBackend,
  createRedisBackend,
  type Job,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  type Queue,
  UnrecoverableError,
  withBackend,
  type Worker,
} from 'bullmq';
import { type Bus, PostgresBus, RedisBus } from './bus.js';
import { PermanentFailure, type QueueDefinition, QueueDown } from './definition.js';
import { patientBackend } from './patient-backend.js';
import { Schedule } from './schedule.js';

export interface QueueLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface JobContext {
  /** 1 on the first try. */
  readonly attempt: number;
  readonly jobId: string;
}

export interface Producer<P> {
  /** @throws QueueDown when the server has not taken the job within two seconds */
  add(payload: P, options?: { delayMs?: number }): Promise<void>;
}

interface Constructors {
  /** From now on a lost connection is not made again. */
  readonly end: () => void;
  readonly connection: object;
  // BullMQ's constructors for one back end; their connection types differ, their use does not.
  readonly Queue: new (name: string, options: object) => Queue;
  readonly Worker: new (name: string, handler: (job: Job) => Promise<void>, options: object) => Worker;
}

const ADD_TIMEOUT_MS = 2_000;
const CLOSE_TIMEOUT_MS = 3_000;
const LOCK_DURATION_MS = 10_000;
const STALLED_INTERVAL_MS = 5_000;
const MAX_STALLED_COUNT = 100;
const POSTGRES_POOL_SIZE = 3;
const CONNECT_MS = 5_000;
const RENEW_SCHEDULE_MS = 10_000;

/** Connects to the queues. @param url `redis://…` or `postgres://…` (a database of its own: it can be lost) */
export function connectQueues(url: string, logger: QueueLogger): QueueBackend {
  const isRedis = /^rediss?:/.test(url);
  if (!isRedis && !/^postgres(ql)?:/.test(url))
    throw new Error('the URL of the queues must begin with redis: or postgres:');
  const bus = isRedis ? new RedisBus(url, logger) : new PostgresBus(url, logger);
  return new QueueBackend(isRedis ? onRedis(url) : onPostgres(url, logger), bus, logger);
}

function onRedis(url: string): Constructors {
  const { Queue, Worker } = withBackend(createRedisBackend);
  let isClosed = false;
  const retryStrategy = (attempt: number): number | null => (isClosed ? null : Math.min(attempt * 50, 1_000));
  const connection = { url, maxRetriesPerRequest: null, connectTimeout: CONNECT_MS, retryStrategy };
  return {
    end: () => void (isClosed = true),
    connection,
    Queue: Queue as Constructors['Queue'],
    Worker: Worker as Constructors['Worker'],
  };
}

function onPostgres(url: string, logger: QueueLogger): Constructors {
  const closing = new AbortController();
  const { Queue, Worker } = withBackend<PostgresQueueBackend, PostgresConnectionOptions>((...args) =>
    patientBackend(createPostgresBackend(...args), { signal: closing.signal, logger }),
  );
  const connection = {
    connectionString: url,
    migrate: true,
    max: POSTGRES_POOL_SIZE,
    connectionTimeoutMillis: CONNECT_MS,
  };
  return {
    end: () => closing.abort(), // connections that were lost are not made again once queue and worker are closed
    connection,
    Queue: Queue as unknown as Constructors['Queue'],
    Worker: Worker as unknown as Constructors['Worker'],
  };
}

export class QueueBackend {
  readonly #queues = new Map<string, Queue>();
  readonly #workers: Worker[] = [];
  readonly #schedules: Schedule[] = [];

  constructor(
    private readonly constructors: Constructors,
    readonly bus: Bus,
    private readonly logger: QueueLogger,
  ) {}

  producer<P>(definition: QueueDefinition<P>): Producer<P> {
    const queue = this.#queue(definition);
    return {
      add: async (payload, options = {}) => {
        const data = definition.payload.parse(payload);
        const jobOptions = {
          jobId: definition.jobId?.(payload),
          delay: options.delayMs,
          attempts: definition.attempts,
          backoff: { type: 'exponential', delay: definition.backoffMs },
          removeOnComplete: true,
          removeOnFail: true,
        };
        await inTime(queue.add(definition.name, data, jobOptions), definition.name);
      },
    };
  }

  /** Handles the queue's jobs until `close()`. The handler may run twice for one job: it reads the rows, decides, acts. */
  consume<P>(
    definition: QueueDefinition<P>,
    handler: (payload: P, context: JobContext) => Promise<void>,
    options: { concurrency: number },
  ): void {
    const worker = new this.constructors.Worker(
      definition.name,
      (job) => this.#run(definition, handler, job),
      {
        connection: this.constructors.connection,
        concurrency: options.concurrency,
        lockDuration: LOCK_DURATION_MS,
        stalledInterval: STALLED_INTERVAL_MS,
        maxStalledCount: MAX_STALLED_COUNT,
      },
    );
    worker.on('error', (err) => this.logger.warn({ err, queue: definition.name }, 'queue connection failed'));
    worker.on('failed', (job, err) => {
      const isLast =
        job === undefined || job.attemptsMade >= definition.attempts || err instanceof UnrecoverableError;
      const fields = { err, queue: definition.name, queueJobId: job?.id, attempt: job?.attemptsMade };
      if (isLast) this.logger.error(fields, 'queue job given up');
      else this.logger.warn(fields, 'queue job failed, will be tried again');
    });
    this.#workers.push(worker);
  }

  /** Adds a job every `everyMs`, whoever and however many ask for it, until `close()`; also when the queue's server loses its data meanwhile. */
  schedule<P>(
    definition: QueueDefinition<P>,
    payload: P,
    { everyMs, renewMs = RENEW_SCHEDULE_MS }: { everyMs: number; renewMs?: number },
  ): void {
    const data = definition.payload.parse(payload);
    this.#schedules.push(new Schedule(this.#queue(definition), { everyMs, data, renewMs }, this.logger));
  }

  async close(): Promise<void> {
    this.constructors.end();
    for (const schedule of this.#schedules) schedule.end();
    await Promise.allSettled(this.#workers.map((worker) => endWithin(worker)));
    await Promise.allSettled([...this.#queues.values()].map((queue) => endWithin(queue)));
    await this.bus.close();
  }

  #queue<P>(definition: QueueDefinition<P>): Queue {
    const known = this.#queues.get(definition.name);
    if (known !== undefined) return known;
    const queue = new this.constructors.Queue(definition.name, { connection: this.constructors.connection });
    queue.on('error', (err) => this.logger.warn({ err, queue: definition.name }, 'queue connection failed'));
    this.#queues.set(definition.name, queue);
    return queue;
  }

  async #run<P>(
    definition: QueueDefinition<P>,
    handler: (payload: P, context: JobContext) => Promise<void>,
    job: Job,
  ): Promise<void> {
    const parsed = definition.payload.safeParse(job.data);
    if (!parsed.success) throw new UnrecoverableError(`payload refused: ${parsed.error.message}`);
    try {
      await handler(parsed.data, { attempt: job.attemptsMade + 1, jobId: job.id ?? '' });
    } catch (error) {
      if (error instanceof PermanentFailure) throw new UnrecoverableError(error.message);
      throw error;
    }
  }
}

/** Closes in order; a server that is away would be waited for without end, so then the connection is cut. */
async function endWithin(part: Queue | Worker): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), CLOSE_TIMEOUT_MS);
  });
  const outcome = await Promise.race([part.close(), timeout]);
  clearTimeout(timer);
  if (outcome === 'late') await part.disconnect();
}

async function inTime(added: Promise<unknown>, queue: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new QueueDown(`the queue ${queue} does not answer`)), ADD_TIMEOUT_MS);
  });
  try {
    await Promise.race([added, timeout]);
  } catch (error) {
    added.catch(() => undefined); // its failure is told by `error` already
    throw error instanceof QueueDown
      ? error
      : new QueueDown(`the queue ${queue} refused: ${String(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
