// Simulated clusters beside the cloud's own: state only, and disks of a provider that does nothing, so that this machine's CPU is not what limits them.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../../../infra/dev/ports.mjs';
import { root } from '../../../infra/dev/root.mjs';
import { Rapi } from './rapi.mjs';

const BIN = path.join(root, 'libs', 'ganeti-sim', 'dist', 'src', 'bin', 'ganeti-sim.js');
const USER = 'bench';
const PASSWORD = 'bench-secret';
const ACTIONS = ['create', 'attach', 'detach', 'remove', 'grow', 'setinfo', 'verify'];
/** Seconds that a job takes at speed 1, beside its own work. */
const JOB_SECONDS = 0.65;
/** Of these, until it shows as started. */
const LEAD_SECONDS = 0.35;
const READY_MS = 30_000;

export class Sims {
  #children = [];

  constructor(dir) {
    this.dir = dir;
    mkdirSync(path.join(dir, 'extstorage', 'synnefo'), { recursive: true });
    for (const action of ACTIONS) {
      const script = path.join(dir, 'extstorage', 'synnefo', action);
      writeFileSync(script, "#!/bin/sh\nprintf '\\nkvm:nbd:unix:/nowhere\\n'\n");
      chmodSync(script, 0o755);
    }
    this.passwordFile = path.join(dir, 'password');
    writeFileSync(this.passwordFile, PASSWORD, { mode: 0o600 });
    writeFileSync(path.join(dir, 'users'), `${USER} ${PASSWORD} write\n`, { mode: 0o600 });
  }

  /** Starts one. @param jobSeconds how long its jobs take */
  async start(name, jobSeconds) {
    const port = await freePort();
    const env = {
      PATH: process.env.PATH,
      SYNNEFO_SUPERVISED: '1',
      SYNNEFO_LOG_LEVEL: 'warn',
      GANETI_SIM_PORT: String(port),
      GANETI_SIM_DIR: path.join(this.dir, name),
      GANETI_SIM_USERS_FILE: path.join(this.dir, 'users'),
      GANETI_SIM_EXTSTORAGE_DIR: path.join(this.dir, 'extstorage'),
      GANETI_SIM_QEMU: 'none',
      GANETI_SIM_SPEED: String(jobSeconds / JOB_SECONDS),
    };
    const child = spawn(process.execPath, [BIN], {
      env,
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    this.#children.push(child);
    const url = `http://127.0.0.1:${port}`;
    const rapi = new Rapi({ url, user: USER, password: PASSWORD });
    for (const deadline = Date.now() + READY_MS; ;) {
      try {
        const { max_running_jobs: limit } = await rapi.info();
        const leadSeconds = (jobSeconds * LEAD_SECONDS) / JOB_SECONDS;
        const options = ['--user', USER, '--password-file', this.passwordFile];
        return { name, url, rapi, limit, leadSeconds, options };
      } catch (error) {
        if (Date.now() > deadline || child.exitCode !== null) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  stop() {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}
