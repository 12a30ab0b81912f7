/**
 * The queue on disk, one file a job, as Ganeti's: `queue/job-N`, the last number given in `queue/serial`, ended jobs of old in
 * `queue/archive/<N / 10000>`. A number is answered only when its file is durable; a file is always replaced whole.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../atomic-file.js';
import { decodeJob, encodeJob } from './job-file.js';
import type { Job, OpRecord } from './job.js';

const JOBS_PER_ARCHIVE_DIR = 10_000;
const QUEUE_VERSION = '1';

export class JobStore {
  readonly #queue: string;
  #serial: number;

  /** @param summary what RAPI shows of an opcode */
  constructor(
    dir: string,
    private readonly summary: (op: OpRecord) => string,
  ) {
    this.#queue = path.join(dir, 'queue');
    mkdirSync(this.#queue, { recursive: true, mode: 0o700 });
    replaceFile(path.join(this.#queue, 'version'), QUEUE_VERSION);
    const file = path.join(this.#queue, 'serial');
    const written = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    this.#serial = Math.max(written, 0, ...jobIds(this.#queue));
    this.#moveFlatArchive();
  }

  nextId(): number {
    this.#serial += 1;
    replaceFile(path.join(this.#queue, 'serial'), `${this.#serial}\n`);
    return this.#serial;
  }

  save(job: Job): void {
    replaceFile(this.#file(job.id), encodeJob(job));
  }

  /** All jobs that are not archived, by number. */
  load(): Job[] {
    return jobIds(this.#queue)
      .sort((a, b) => a - b)
      .map((id) => this.#read(this.#file(id)));
  }

  archive(job: Job): void {
    this.#move(job.id, this.#file(job.id));
  }

  findArchived(id: number): Job | null {
    const file = this.#archived(id);
    return existsSync(file) ? this.#read(file) : null;
  }

  /** An earlier version kept all archived jobs in one directory. */
  #moveFlatArchive(): void {
    const archive = path.join(this.#queue, 'archive');
    if (!existsSync(archive)) return;
    for (const id of jobIds(archive)) this.#move(id, path.join(archive, `job-${id}`));
  }

  #move(id: number, from: string): void {
    const to = this.#archived(id);
    mkdirSync(path.dirname(to), { recursive: true, mode: 0o700 });
    renameSync(from, to);
  }

  #read(file: string): Job {
    return decodeJob(readFileSync(file, 'utf8'), this.summary);
  }

  #file(id: number): string {
    return path.join(this.#queue, `job-${id}`);
  }

  #archived(id: number): string {
    const dir = String(Math.floor(id / JOBS_PER_ARCHIVE_DIR));
    return path.join(this.#queue, 'archive', dir, `job-${id}`);
  }
}

function jobIds(dir: string): number[] {
  return readdirSync(dir).flatMap((name) => (/^job-\d+$/.test(name) ? [Number(name.slice(4))] : []));
}
