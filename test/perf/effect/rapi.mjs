// What the measurement asks a cluster itself: creations past the cloud, for the cluster's own limit, and how the jobs went.
import http from 'node:http';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

const CALL_MS = 60_000;
const POLL_MS = 500;
const FINAL = ['success', 'error', 'canceled'];
/** Under this source a trail keeps what the one who submitted the job gave as reason. */
const GNT_USER = 'gnt:user';

export class Rapi {
  /** @param access { url, user, password, ca?: the certificate, PEM } */
  constructor({ url, user, password, ca }) {
    this.url = url;
    this.auth = `${user}:${password}`;
    this.http = url.startsWith('https:') ? https : http;
    this.agent = new this.http.Agent({ keepAlive: true, maxSockets: 8, ...(ca === undefined ? {} : { ca }) });
  }

  /** @throws Error when the answer is another than 200 */
  call(method, path, body) {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const options = { method, agent: this.agent, auth: this.auth, timeout: CALL_MS, headers };
      const request = this.http.request(`${this.url}${path}`, options);
      request.on('timeout', () => request.destroy(new Error('RAPI does not answer')));
      request.on('error', reject);
      request.on('response', (reply) => {
        let answer = '';
        reply.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
        reply.on('error', reject);
        reply.on('end', () => {
          if (reply.statusCode === 200) resolve(JSON.parse(answer));
          else reject(new Error(`RAPI answers ${reply.statusCode}: ${answer.slice(0, 300)}`));
        });
      });
      request.end(text);
    });
  }

  info() {
    return this.call('GET', '/2/info');
  }

  jobs() {
    return this.call('GET', '/2/jobs?bulk=1');
  }

  /** Jobs with their times. */
  async details(ids) {
    const jobs = [];
    for (const id of ids) jobs.push(await this.call('GET', `/2/jobs/${id}`));
    return jobs;
  }

  /** Submits creations of the same shape as `pattern`, a create opcode, as fast as RAPI takes them. @returns the jobs after their end */
  async createLike(pattern, { count, atOnce, name, signal }) {
    const ids = [];
    let next = 0;
    const lane = async () => {
      while (next < count) {
        signal.throwIfAborted();
        const body = instanceLike(pattern, `${name}-${(next += 1)}`);
        ids.push(await this.call('POST', `/2/instances?reason=${name}`, body));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    await this.#untilEnded(new Set(ids), signal);
    return this.details(ids);
  }

  /** Deletes the instances that these create jobs have made. */
  async deleteMade(jobs, signal) {
    const ids = new Set();
    for (const { ops } of jobs)
      ids.add(await this.call('DELETE', `/2/instances/${ops[0].instance_name}`, { shutdown_timeout: 0 }));
    await this.#untilEnded(ids, signal);
  }

  async #untilEnded(ids, signal) {
    for (;;) {
      const open = (await this.jobs()).filter(({ id, status }) => ids.has(id) && !FINAL.includes(status));
      if (open.length === 0) return;
      await delay(POLL_MS, undefined, { signal });
    }
  }
}

/** A create request as the opcode says, for an instance and disks of other names; addresses and names of NICs are left to the cluster. */
function instanceLike(op, name) {
  const { os_type, hypervisor, disk_template, beparams, opportunistic_locking } = op;
  return {
    ...{ __version__: 1, mode: 'create', instance_name: name, os_type, hypervisor, disk_template, beparams },
    disks: op.disks.map((disk, index) => ({ ...disk, name: `${name}-disk-${index}` })),
    nics: op.nics.map(({ network }) => ({ network })),
    ...{
      name_check: false,
      ip_check: false,
      conflicts_check: false,
      wait_for_sync: false,
      opportunistic_locking,
    },
  };
}

export const isCreate = (job) => job.ops.some(({ OP_ID }) => OP_ID === 'OP_INSTANCE_CREATE');

/** The reason that the one who submitted the job gave. */
export function reasonOf({ ops }) {
  return ops[0]?.reason?.find(([source]) => source === GNT_USER)?.[1] ?? null;
}

/** How many jobs each reason, and each instance, has. */
export function countJobs(jobs) {
  const count = (keys) =>
    keys.reduce((counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1), new Map());
  return {
    byReason: count(jobs.map(reasonOf)),
    byInstance: count(jobs.map(({ ops }) => ops[0].instance_name)),
  };
}

const seconds = ([s, us]) => s + us / 1e6;

/**
 * How a cluster went through jobs. A job has one of the cluster's places from the time it is taken up until its end.
 * @returns jobs a second from the first's arrival to the last's end; the part of its places that were taken, from the first's arrival until the last
 *   was taken up (afterwards nothing waits, and the cluster only drains); seconds within which the jobs arrived
 */
export function figures(jobs, { limit, leadSeconds = 0 }) {
  const spans = jobs.map((job) => ({
    received: seconds(job.received_ts),
    start: seconds(job.start_ts) - leadSeconds,
    end: seconds(job.end_ts),
  }));
  const first = Math.min(...spans.map(({ received }) => received));
  const lastStart = Math.max(...spans.map(({ start }) => start));
  const lastEnd = Math.max(...spans.map(({ end }) => end));
  const taken = spans.reduce(
    (sum, { start, end }) => sum + Math.max(0, Math.min(end, lastStart) - Math.min(start, lastStart)),
    0,
  );
  return {
    jobs: jobs.length,
    first,
    lastEnd,
    perSecond: jobs.length / (lastEnd - first),
    busy: taken / (limit * (lastStart - first)),
    arrivalSeconds: Math.max(...spans.map(({ received }) => received)) - first,
  };
}
