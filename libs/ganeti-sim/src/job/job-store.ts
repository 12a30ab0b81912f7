/**
 * The queue on disk, one file a job, as Ganeti's: `queue/job-N`, the last number given in `queue/serial`, ended jobs of old in
 * `queue/archive`. A number is answered only when its file is durable; a file is always replaced whole.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../atomic-file.js';
import type { Job } from './job.js';

export class JobStore {
  readonly #queue: string;
  readonly #archive: string;
  #serial: number;

  constructor(dir: string) {
    this.#queue = path.join(dir, 'queue');
    this.#archive = path.join(this.#queue, 'archive');
    mkdirSync(this.#archive, { recursive: true, mode: 0o700 });
    const file = path.join(this.#queue, 'serial');
    const written = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    this.#serial = Math.max(written, 0, ...this.#ids());
  }

  nextId(): number {
    this.#serial += 1;
    replaceFile(path.join(this.#queue, 'serial'), `${this.#serial}\n`);
    return this.#serial;
  }

  save(job: Job): void {
    replaceFile(this.#file(job.id), JSON.stringify(job));
  }

  /** All jobs that are not archived, by number. */
  load(): Job[] {
    return this.#ids()
      .sort((a, b) => a - b)
      .map((id) => readJob(this.#file(id)));
  }

  archive(job: Job): void {
    renameSync(this.#file(job.id), path.join(this.#archive, `job-${job.id}`));
  }

  findArchived(id: number): Job | null {
    const file = path.join(this.#archive, `job-${id}`);
    return existsSync(file) ? readJob(file) : null;
  }

  #file(id: number): string {
    return path.join(this.#queue, `job-${id}`);
  }

  #ids(): number[] {
    return readdirSync(this.#queue).flatMap((name) =>
      /^job-\d+$/.test(name) ? [Number(name.slice(4))] : [],
    );
  }
}

function readJob(file: string): Job {
  // Written by this class alone, whole or not at all.
  return JSON.parse(readFileSync(file, 'utf8')) as Job;
}
