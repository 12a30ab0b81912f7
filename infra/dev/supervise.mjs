/**
 * Keeps processes running. Each writes to its own log file; one that ends is started again, later and later when it keeps ending. Our own
 * processes have a pipe as standard input and end when it closes, so nothing of ours outlives a killed supervisor; servers that do outlive it
 * (PostgreSQL, Redis) are recorded by pid and start time and taken over by the next start.
 */
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, existsSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { endProcess, findProcess, isRunning, recordProcess } from './pid.mjs';
import { complain, say } from './screen.mjs';
import { settingsOf } from './settings.mjs';

const FIRST_BACKOFF_MS = 200;
const LAST_BACKOFF_MS = 10_000;
/** A process that ran so long was healthy: the count of its ends begins anew. */
const HEALTHY_MS = 30_000;
const LOOP_COUNT = 5;
const ADOPTED_CHECK_MS = 500;
const SETTINGS_CHECK_MS = 500;
const LOG_LIMIT_BYTES = 20 * 1024 * 1024;

export class Supervisor {
  #services = [];
  #isStopping = false;

  /** @param settingsDir where settings of single processes are, if there may be any */
  constructor({ logDir, runDir, settingsDir = null }) {
    this.logDir = logDir;
    this.runDir = runDir;
    this.settingsDir = settingsDir;
  }

  /** Of all that it was told to start. */
  get names() {
    return this.#services.map(({ name }) => name);
  }

  get isStopping() {
    return this.#isStopping;
  }

  /**
   * Starts a process and waits until it is ready.
   * @param spec { name, command, args, env, uid, gid, isReady: (service) => Promise<boolean>, readyMs, outlives, facts, signal, stopMs }
   * @throws Failure when it ends or is not ready in time
   */
  async start(spec) {
    if (this.#isStopping) throw new Failure('stopped');
    const service = new Service(spec, this);
    this.#services.push(service);
    await service.begin();
    return service;
  }

  /** Ends everything, what was started last first; those of one `group` together. @param afterGroup called with each group's name */
  async stop(afterGroup = async () => undefined) {
    this.#isStopping = true;
    const groups = [
      ...new Set(this.#services.map((service) => service.spec.group ?? service.name)),
    ].reverse();
    for (const group of groups) {
      const members = this.#services.filter((service) => (service.spec.group ?? service.name) === group);
      await Promise.all(members.map((service) => service.end()));
      await afterGroup(group);
    }
  }

  /** Ends everything at once; PostgreSQL is asked for its immediate shutdown. */
  kill() {
    this.#isStopping = true;
    for (const service of this.#services) service.kill();
  }

  /** Ends one group and starts it again. */
  async restart(group) {
    const members = this.#services.filter((service) => service.spec.group === group);
    await Promise.all(members.map((service) => service.end()));
    await Promise.all(members.map((service) => service.begin()));
  }
}

class Service {
  #child = null;
  #adopted = null;
  #isEnding = false;
  #wasReady = false;
  #ends = 0;
  #timer = null;
  #logStart = 0;
  #mistake = null;

  constructor(spec, supervisor) {
    this.spec = spec;
    this.name = spec.name;
    this.supervisor = supervisor;
    this.logFile = path.join(supervisor.logDir, `${spec.name}.log`);
    this.record = path.join(supervisor.runDir, `${spec.name}.json`);
  }

  get pid() {
    return this.#child?.pid ?? this.#adopted?.pid ?? null;
  }

  async begin() {
    this.#isEnding = false;
    if (this.spec.outlives && (await this.#adopt())) return;
    this.#spawn();
    await this.#waitUntilReady();
  }

  async end() {
    this.#isEnding = true;
    clearTimeout(this.#timer);
    const { signal = 'SIGTERM', lastSignal = 'SIGKILL', stopMs: timeoutMs = 12_000 } = this.spec;
    if (this.#adopted !== null) await endProcess(this.#adopted, { signal, lastSignal, timeoutMs });
    const child = this.#child;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      const timer = setTimeout(() => child.kill(lastSignal), timeoutMs);
      await ended;
      clearTimeout(timer);
    }
    if (this.spec.outlives) rmSync(this.record, { force: true });
  }

  kill() {
    try {
      if (this.pid !== null) process.kill(this.pid, this.spec.lastSignal ?? 'SIGKILL');
    } catch {
      // it has ended
    }
  }

  /** What the process has written since it was started, the last 256 KiB of it. */
  output() {
    let file;
    try {
      file = openSync(this.logFile, 'r');
      const { size } = fstatSync(file);
      const from = Math.max(this.#logStart, size - 256 * 1024);
      const buffer = Buffer.alloc(Math.max(0, size - from));
      readSync(file, buffer, 0, buffer.length, from);
      return buffer.toString('utf8');
    } catch {
      return '';
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  /** Takes over what an earlier supervisor left running, if it is what we would start; else ends it. */
  async #adopt() {
    const found = findProcess(this.record);
    if (found === null) return false;
    if (JSON.stringify(found.facts) === JSON.stringify(this.spec.facts) && (await this.spec.isReady(this))) {
      this.#adopted = found;
      this.#wasReady = true;
      this.#watchAdopted();
      return true;
    }
    const { signal, lastSignal } = this.spec;
    await endProcess(found, { signal, lastSignal });
    return false;
  }

  #watchAdopted() {
    this.#timer = setTimeout(() => {
      if (this.#isEnding) return;
      if (isRunning(this.#adopted)) return this.#watchAdopted();
      this.#adopted = null;
      this.#ended('it is gone');
    }, ADOPTED_CHECK_MS);
  }

  #spawn() {
    const { command, args, uid, gid, cwd = '/' } = this.spec;
    const env = this.#environment();
    const log = this.#openLog();
    // a group of its own: Ctrl-C reaches the supervisor alone, which ends the others in order
    const child = spawn(command, args, { env, uid, gid, cwd, detached: true, stdio: ['pipe', log, log] });
    closeSync(log);
    child.startedAt = Date.now();
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => this.#ended(`cannot run ${command}: ${error.code ?? error.message}`));
    child.once('exit', (code, signal) => this.#ended(signal ?? `exit ${code}`, child));
    this.#child = child;
    if (this.spec.outlives && child.pid !== undefined)
      recordProcess(this.record, child.pid, { facts: this.spec.facts });
  }

  /** @throws Failure about a mistake in its settings */
  #environment() {
    const { settingsDir } = this.supervisor;
    return settingsDir === null ? this.spec.env : { ...this.spec.env, ...settingsOf(settingsDir, this.name) };
  }

  #openLog() {
    if (existsSync(this.logFile) && statSync(this.logFile).size > LOG_LIMIT_BYTES)
      renameSync(this.logFile, `${this.logFile}.1`);
    const log = openSync(this.logFile, 'a', 0o600);
    this.#logStart = fstatSync(log).size;
    return log;
  }

  async #waitUntilReady() {
    const child = this.#child;
    const deadline = Date.now() + (this.spec.readyMs ?? 60_000);
    for (;;) {
      if (this.supervisor.isStopping) throw new Failure('stopped');
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
        throw this.#failure();
      if (await this.spec.isReady(this)) break;
      if (Date.now() > deadline) throw new Failure(`${this.name} is not ready in time; see ${this.logFile}`);
      await sleep(50);
    }
    this.#wasReady = true;
  }

  #failure() {
    const said = lastWords(this.output());
    this.#isEnding = true;
    return new Failure(`${this.name} does not start: ${said || 'it said nothing'} (log: ${this.logFile})`);
  }

  #ended(how, child) {
    if (child !== undefined && child !== this.#child) return;
    // the first start fails in #waitUntilReady
    if (!this.#wasReady || this.#isEnding || this.supervisor.isStopping) return;
    const ranMs = Date.now() - (child?.startedAt ?? 0);
    this.#ends = ranMs > HEALTHY_MS ? 1 : this.#ends + 1;
    const delay = Math.min(FIRST_BACKOFF_MS * 2 ** (this.#ends - 1), LAST_BACKOFF_MS);
    if (this.#ends < LOOP_COUNT) say(`${this.name} ended (${how}), started again`);
    else if (this.#ends === LOOP_COUNT)
      complain(`${this.name} keeps ending (${how})${said(this.output())} (log: ${this.logFile})`);
    this.#timer = setTimeout(() => {
      if (!this.#isEnding && !this.supervisor.isStopping) this.#spawnAgain();
    }, delay);
  }

  /** What is wrong with its settings is told once, and then waited for. */
  #spawnAgain() {
    try {
      this.#spawn();
      this.#mistake = null;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.message !== this.#mistake) complain(`${this.name} is not started: ${error.message}`);
      this.#mistake = error.message;
      this.#timer = setTimeout(() => {
        if (!this.#isEnding && !this.supervisor.isStopping) this.#spawnAgain();
      }, SETTINGS_CHECK_MS);
    }
  }
}

const said = (output) => {
  const words = lastWords(output);
  return words === '' ? '' : `: ${words}`;
};

/** What a process said last, as one line: of a JSON log line its message and error, of a stack trace its first line. */
function lastWords(output) {
  const isFrame = (line) => /^\s*(at |\^|\}|Node\.js v|node:|file:)/.test(line) || line.trim() === '';
  const lines = output.split('\n').filter((line) => !isFrame(line));
  const last = (lines.at(-1) ?? '').trim().slice(0, 400);
  try {
    const { msg, err } = JSON.parse(last);
    return [msg, err?.message].filter(Boolean).join(': ') || last;
  } catch {
    return last;
  }
}

/** A process of ours is ready when it has logged it. */
export const hasLoggedReady = async (service) => service.output().includes('"msg":"ready"');
