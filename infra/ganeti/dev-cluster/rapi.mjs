// The few calls of RAPI that the set-up makes.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, oneLine } from '../../dev/failure.mjs';

const CALL_MS = 10_000;
const READY_MS = 30_000;
const JOB_MS = 60_000;

/** @param access { port, user, password, certificate: a file } */
export class Rapi {
  constructor(access) {
    this.access = access;
  }

  /** @returns the answer. @throws Error when there is none, or another status than 200 */
  call(method, path, body) {
    const { port, user, password, certificate } = this.access;
    return new Promise((resolve, reject) => {
      const request = https.request({
        ...{ host: '127.0.0.1', port, method, path, auth: `${user}:${password}`, timeout: CALL_MS },
        ...{ ca: readFileSync(certificate), agent: false, headers: { 'content-type': 'application/json' } },
      });
      request.on('timeout', () => request.destroy(new Error('no answer')));
      request.on('error', reject);
      request.on('response', (reply) => {
        let text = '';
        reply.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        reply.on('error', reject);
        reply.on('end', () => {
          if (reply.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`RAPI answers ${reply.statusCode}: ${oneLine(text).slice(0, 200)}`));
        });
      });
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** The nodes of the cluster, or null when RAPI does not answer (to us). */
  async nodes() {
    try {
      return await this.call('GET', '/2/nodes');
    } catch {
      return null;
    }
  }

  /** @throws Failure when RAPI does not answer in time */
  async waitUntilReady() {
    const deadline = Date.now() + READY_MS;
    for (;;) {
      try {
        return await this.call('GET', '/2/info');
      } catch (error) {
        if (Date.now() > deadline) throw new Failure(`RAPI does not answer: ${oneLine(error)}`);
        await sleep(100);
      }
    }
  }

  /** Submits a job and waits for its success. */
  async run(what, method, path, body) {
    const id = await this.call(method, path, body);
    const deadline = Date.now() + JOB_MS;
    for (;;) {
      const { status, opresult } = await this.call('GET', `/2/jobs/${id}`);
      if (status === 'success') return;
      if (status === 'error' || status === 'canceled' || Date.now() > deadline)
        throw new Failure(`${what} failed: job ${id} is ${status} ${JSON.stringify(opresult)}`);
      await sleep(100);
    }
  }
}
