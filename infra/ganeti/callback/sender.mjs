// Sends what is in a spool, oldest first, and keeps it until Cyclades has taken it.
import { setTimeout as delay } from 'node:timers/promises';
import { MAX_BYTES, MAX_MESSAGES, post } from './post.mjs';

const POST_LIMIT_MS = 15_000;
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 15_000;
/** Cyclades will never take it: a mistake of ours, or of another version. */
const REFUSED = new Set([400, 413, 415, 422]);

export class Sender {
  #config;
  #spool;
  #log;
  #signal;
  #waitMs = FIRST_WAIT_MS;
  #maxMessages = MAX_MESSAGES;
  #isAway = false;

  constructor({ config, spool, log, signal }) {
    this.#config = config;
    this.#spool = spool;
    this.#log = log;
    this.#signal = signal;
  }

  /** Sends until the spool is empty, or the signal aborts. */
  async drain() {
    while (!this.#signal.aborted) {
      const batch = await this.#spool.oldest({ maxMessages: this.#maxMessages, maxBytes: MAX_BYTES });
      if (batch.length === 0) return;
      if (!(await this.#send(batch))) await this.#pause();
    }
  }

  /** @returns whether to go on at once */
  async #send(batch) {
    let status;
    try {
      const encoded = batch.map((one) => one.encoded);
      status = await post(this.#config, encoded, { timeoutMs: POST_LIMIT_MS, signal: this.#signal });
    } catch (error) {
      if (!this.#signal.aborted) this.#away({ err: error });
      return false;
    }
    if (status === 202) return this.#taken(batch);
    if (REFUSED.has(status)) return this.#refused(batch, status);
    this.#away({ status });
    return false;
  }

  async #taken(batch) {
    for (const { name } of batch) await this.#spool.remove(name);
    if (this.#isAway) this.#log.info({ waiting: this.#spool.size }, 'cyclades takes messages again');
    this.#isAway = false;
    this.#waitMs = FIRST_WAIT_MS;
    this.#maxMessages = Math.min(MAX_MESSAGES, this.#maxMessages * 2);
    return true;
  }

  /** One of them is at fault: it is found by halves, and dropped. */
  async #refused(batch, status) {
    if (batch.length > 1) {
      this.#maxMessages = Math.floor(batch.length / 2);
      return true;
    }
    for (const { name, encoded } of batch) {
      this.#log.error({ status, message: encoded.slice(0, 500) }, 'message refused, dropped');
      await this.#spool.remove(name);
    }
    return true;
  }

  #away(why) {
    if (!this.#isAway)
      this.#log.warn({ ...why, waiting: this.#spool.size }, 'cyclades takes no messages, they are kept');
    this.#isAway = true;
  }

  async #pause() {
    await delay(this.#waitMs, undefined, { signal: this.#signal }).catch(() => undefined);
    this.#waitMs = Math.min(MAX_WAIT_MS, this.#waitMs * 2);
  }
}
