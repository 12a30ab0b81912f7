/**
 * A job that comes round. BullMQ keeps schedules with the queue, and both may be lost (a server that starts empty), so each process that wants one asks
 * for it again and again; the queue still adds one job a turn, whoever and however many ask. A next turn that is further away than a turn takes was set
 * by a clock that was wrong: the schedule is made anew.
 */
import type { Queue } from 'bullmq';

export interface ScheduleLogger {
  warn(fields: object, message: string): void;
}

export interface ScheduleOptions {
  readonly everyMs: number;
  readonly data: unknown;
  /** Time between two askings. */
  readonly renewMs: number;
}

/** A clock may be so much ahead of another. */
const SKEW_MS = 5_000;

export class Schedule {
  readonly #timer: NodeJS.Timeout;
  #asking = false;

  /** Asks at once, and then until `end()`. */
  constructor(
    private readonly queue: Queue,
    private readonly options: ScheduleOptions,
    private readonly logger: ScheduleLogger,
  ) {
    this.#timer = setInterval(() => void this.#ask(), options.renewMs);
    void this.#ask();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  /** One at a time: a server that is away keeps what it is asked waiting. */
  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      if ((await this.#upsert()) > this.options.everyMs + SKEW_MS) {
        await this.queue.removeJobScheduler(this.queue.name);
        await this.#upsert();
      }
    } catch (err) {
      this.logger.warn({ err, queue: this.queue.name }, 'schedule not set, will be tried again');
    } finally {
      this.#asking = false;
    }
  }

  /** @returns milliseconds to the next turn */
  async #upsert(): Promise<number> {
    const { name } = this.queue;
    const template = {
      name,
      data: this.options.data,
      opts: { removeOnComplete: true, removeOnFail: true },
    };
    const job = await this.queue.upsertJobScheduler(name, { every: this.options.everyMs }, template);
    return job?.delay ?? 0;
  }
}
