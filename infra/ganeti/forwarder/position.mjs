// How far the job queue was told: the highest job number that was met, and of the jobs that have not ended the state of each opcode as of its last
// message. It is written after the messages are in the spool: a crash between the two repeats messages, and loses none.
import { readFile } from 'node:fs/promises';
import { writeDurably } from '../callback/spool.mjs';
import { isFinal } from './job-file.mjs';

/** A job whose file is missing so long does not come any more: numbers may be given and not used. */
const GONE_MS = 30_000;

export class Position {
  #file;
  #last;
  #open;
  #missingSince = new Map();

  constructor(file, { last, open }) {
    this.#file = file;
    this.#last = last;
    this.#open = new Map(Object.entries(open).map(([id, statuses]) => [Number(id), statuses]));
  }

  /** @returns null when there is none yet */
  static async load(file) {
    try {
      return new Position(file, JSON.parse(await readFile(file, 'utf8')));
    } catch (error) {
      if (error.code === 'ENOENT') return null;
      const words = `${file} cannot be read (${error.message}): remove it to begin with the jobs that are open now`;
      throw new Error(words, { cause: error });
    }
  }

  get last() {
    return this.#last;
  }

  /** States of the job's opcodes as of the last message. */
  told(jobId) {
    return this.#open.get(jobId) ?? [];
  }

  /** Whether the job was told to its end. */
  isOver(jobId) {
    return jobId <= this.#last && !this.#open.has(jobId);
  }

  /** Jobs that were met, or passed over, and have not ended. */
  open() {
    return [...this.#open.keys()];
  }

  note(jobId, statuses) {
    for (let passed = this.#last + 1; passed < jobId; passed += 1) this.#open.set(passed, []);
    this.#last = Math.max(this.#last, jobId);
    if (statuses.length > 0 && statuses.every(isFinal)) this.#open.delete(jobId);
    else this.#open.set(jobId, statuses);
    this.#missingSince.delete(jobId);
  }

  /** The job has no file. */
  noteMissing(jobId) {
    const since = this.#missingSince.get(jobId) ?? Date.now();
    this.#missingSince.set(jobId, since);
    if (Date.now() - since < GONE_MS) return;
    this.#open.delete(jobId);
    this.#missingSince.delete(jobId);
  }

  async save() {
    const content = { last: this.#last, open: Object.fromEntries(this.#open) };
    await writeDurably(this.#file, JSON.stringify(content));
  }
}
