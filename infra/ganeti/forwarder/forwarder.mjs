// Watches the job queue of a Ganeti master and tells Cyclades each state of each job that it has to know: once, in order, also after an outage of
// either side. Only the master tells; the other nodes wait, and go on from their own position when they become it.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isMaster } from '../callback/master.mjs';
import { encode } from '../callback/post.mjs';
import { Sender } from '../callback/sender.mjs';
import { becomeSingle } from '../callback/single.mjs';
import { Spool } from '../callback/spool.mjs';
import { isFinal, messagesOf, statusesOf } from './job-file.mjs';
import { JobQueueDir } from './job-queue.mjs';
import { Position } from './position.mjs';

const RESCAN_MS = 3_000;
const RETRY_MS = 1_000;
/** Jobs that may have ended and been archived while nobody looked. */
const MAX_ARCHIVED = 10_000;

export class Forwarder {
  #config;
  #log;
  #queue;
  #spool;
  #position;
  #due = new Set();
  #wake = () => undefined;
  #wakeSender = () => undefined;
  #watcher = null;
  #wasMaster = null;

  constructor(config, log) {
    this.#config = config;
    this.#log = log;
    this.#queue = new JobQueueDir(config.queueDir);
    const dir = path.join(config.spoolDir, 'events');
    this.#spool = new Spool({ dir, limitBytes: config.spoolLimitBytes, log });
  }

  /** Runs until the signal aborts. @throws Error when another forwarder has this spool */
  async run(signal) {
    await mkdir(this.#config.spoolDir, { recursive: true, mode: 0o700 });
    const release = await becomeSingle('forwarder', this.#config.spoolDir);
    if (release === null) throw new Error(`another forwarder works with ${this.#config.spoolDir}`);
    await this.#spool.load();
    this.#position = await this.#openPosition();
    this.#log.info(
      { cluster: this.#config.cluster, last: this.#position.last, waiting: this.#spool.size },
      'ready',
    );
    const stopped = () => {
      this.#wake();
      this.#wakeSender();
    };
    signal.addEventListener('abort', stopped);
    try {
      await Promise.all([this.#follow(signal), this.#sendAll(signal)]);
    } finally {
      signal.removeEventListener('abort', stopped);
      this.#watcher?.close();
      await release();
      this.#log.info({ waiting: this.#spool.size }, 'stopped');
    }
  }

  /** The first start begins with what is open: what ended before is known to Cyclades, or found by comparison. */
  async #openPosition() {
    const file = path.join(this.#config.spoolDir, 'position.json');
    const known = await Position.load(file);
    if (known !== null) return known;
    const ids = await this.#queue.list();
    const position = new Position(file, { last: ids.at(-1) ?? 0, open: {} });
    for (const id of ids) {
      const job = await this.#queue.read(id);
      if (job !== null && !statusesOf(job).every(isFinal)) position.note(id, []);
    }
    await position.save();
    return position;
  }

  async #follow(signal) {
    while (!signal.aborted) {
      try {
        this.#watcher ??= this.#queue.watch(
          (id) => this.#changed(id),
          (error) => this.#lostWatch(error),
        );
        await this.#rescan();
        await this.#tellUntil(Date.now() + RESCAN_MS, signal);
      } catch (error) {
        this.#log.error({ err: error }, 'job queue not read, will be tried again');
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #changed(id) {
    if (this.#position.isOver(id)) return; // archived
    this.#due.add(id);
    this.#wake();
  }

  #lostWatch(error) {
    this.#log.warn({ err: error }, 'watch lost');
    this.#watcher?.close();
    this.#watcher = null;
  }

  /** Finds what no event told of. */
  async #rescan() {
    const ids = await this.#queue.list();
    const there = new Set(ids);
    for (const id of ids)
      if (!this.#position.isOver(id) && (await this.#queue.hasChanged(id))) this.#due.add(id);
    for (const id of this.#position.open()) if (!there.has(id)) this.#due.add(id);
    const newest = ids.at(-1) ?? 0;
    const first = Math.max(this.#position.last + 1, newest - MAX_ARCHIVED);
    for (let id = first; id < newest; id += 1) if (!there.has(id)) this.#due.add(id);
  }

  async #tellUntil(deadline, signal) {
    while (!signal.aborted) {
      if (this.#due.size > 0 && (await this.#isMaster())) await this.#tellDue();
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) return;
      await this.#sleep(leftMs);
    }
  }

  async #isMaster() {
    const is = await isMaster(this.#config);
    if (is !== this.#wasMaster)
      this.#log.info({ isMaster: is }, is ? 'this node is the master' : 'another node is the master');
    this.#wasMaster = is;
    return is;
  }

  async #tellDue() {
    const ids = [...this.#due].sort((a, b) => a - b);
    this.#due.clear();
    try {
      for (const id of ids) await this.#tell(id);
    } catch (error) {
      for (const id of ids) this.#due.add(id);
      throw error;
    }
    await this.#position.save();
    this.#wakeSender();
  }

  async #tell(id) {
    const job = await this.#read(id);
    if (job === null) return;
    const told = this.#position.told(id);
    for (const message of messagesOf(job, { cluster: this.#config.cluster, told })) {
      await this.#spool.append(encode(message));
      const { jobId, opIndex, operation, status } = message;
      this.#log.info({ gntJobId: jobId, opIndex, operation, status }, 'job state told');
    }
    const statuses = statusesOf(job);
    this.#position.note(id, statuses);
    if (statuses.every(isFinal)) this.#queue.forget(id);
  }

  /** Null when there is no file, or none that can be read: then the job is looked at again when the file changes. */
  async #read(id) {
    try {
      const job = await this.#queue.read(id);
      if (job === null) this.#position.noteMissing(id);
      return job;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#log.error({ err: error, gntJobId: id }, 'job file is no JSON');
      return null;
    }
  }

  async #sendAll(signal) {
    const sender = new Sender({ config: this.#config, spool: this.#spool, log: this.#log, signal });
    while (!signal.aborted) {
      await sender.drain();
      await new Promise((resolve) => {
        this.#wakeSender = resolve;
        if (this.#spool.size > 0 || signal.aborted) resolve();
      });
    }
  }

  #sleep(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#due.size > 0 && this.#wasMaster === true) this.#wake();
    });
  }
}
