// Ganeti's job queue directory: which jobs there are, their files, and changes as they happen. A job's file is replaced by rename at each change;
// `gnt-job archive` moves it to archive/<number / 10000>/. The system may drop events when many come at once, so whoever watches also looks again
// from time to time.
import { watch } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

const JOBS_PER_ARCHIVE_DIR = 10_000;
const JOB = /^job-(\d+)$/;

export class JobQueueDir {
  #dir;
  /** id → what the file looked like when it was read last. */
  #seen = new Map();

  constructor(dir) {
    this.#dir = dir;
  }

  /** Numbers of the jobs that are not archived, in order. */
  async list() {
    const names = await readdir(this.#dir);
    return names.flatMap((name) => (JOB.test(name) ? [Number(name.slice(4))] : [])).sort((a, b) => a - b);
  }

  /** @returns the job; null when it is neither in the queue nor in the archive */
  async read(id) {
    const archived = path.join(
      this.#dir,
      'archive',
      String(Math.floor(id / JOBS_PER_ARCHIVE_DIR)),
      `job-${id}`,
    );
    for (const file of [path.join(this.#dir, `job-${id}`), archived]) {
      const text = await readFile(file, 'utf8').catch((error) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (text !== null) return JSON.parse(text);
    }
    return null;
  }

  /** Whether the job's file is another than at the last call. */
  async hasChanged(id) {
    const file = await stat(path.join(this.#dir, `job-${id}`)).catch(() => null);
    if (file === null) return true;
    const look = `${file.ino}/${file.mtimeMs}/${file.size}`;
    if (this.#seen.get(id) === look) return false;
    this.#seen.set(id, look);
    return true;
  }

  forget(id) {
    this.#seen.delete(id);
  }

  /** Calls `onJob` with the number of each job whose file is replaced. @returns the watcher */
  watch(onJob, onError) {
    const watcher = watch(this.#dir, { persistent: true }, (_, name) => {
      const [, id] = JOB.exec(name ?? '') ?? [];
      if (id !== undefined) onJob(Number(id));
    });
    watcher.on('error', onError);
    return watcher;
  }
}
