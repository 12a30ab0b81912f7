/**
 * Ganeti's hooks: the executables in `<dir>/<operation>-<phase>.d`, in the order of their names, before an opcode and after one that succeeded; the job
 * goes on when they have ended. A failing one of the pre phase ends the opcode, one of the post phase is a warning in the job's log. What a real
 * cluster does between the prerequisites and the pre phase is rougher here: hooks run when the object is there (or, to be added, is not).
 * Source: Ganeti's hooks documentation, `lib/hooksmaster.py`, and the calls of 3.0.2 as recorded.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import path from 'node:path';
import { type ClusterStore, NODE_NAME } from '../cluster/cluster-config.js';
import type { OpRecord } from '../job/job.js';
import { OpError } from '../opcode/op-error.js';
import { hookVariables } from './hook-environment.js';

type Phase = 'pre' | 'post';

const HOOK_PATHS: Readonly<Record<string, string>> = {
  OP_INSTANCE_CREATE: 'instance-add',
  OP_INSTANCE_REMOVE: 'instance-remove',
  OP_INSTANCE_STARTUP: 'instance-start',
  OP_INSTANCE_SHUTDOWN: 'instance-stop',
  OP_INSTANCE_REBOOT: 'instance-reboot',
  OP_INSTANCE_SET_PARAMS: 'instance-modify',
  OP_INSTANCE_GROW_DISK: 'disk-grow',
  OP_NETWORK_ADD: 'network-add',
  OP_NETWORK_REMOVE: 'network-remove',
  OP_NETWORK_CONNECT: 'network-connect',
  OP_NETWORK_DISCONNECT: 'network-disconnect',
  OP_NETWORK_SET_PARAMS: 'network-modify',
  OP_CLUSTER_SET_PARAMS: 'cluster-modify',
};
const SCRIPT = /^[\w-]+$/;
const LIMIT_MS = 60_000;
const PATH = '/sbin:/bin:/usr/sbin:/usr/bin';

interface Failure {
  readonly script: string;
  readonly output: string;
}

export class Hooks {
  /** @param dir null: there are none */
  constructor(
    private readonly dir: string | null,
    private readonly cluster: ClusterStore,
  ) {}

  /** Runs an opcode between its hooks. @throws OpError HooksAbort; what `execute` throws */
  async around(op: OpRecord, log: (text: string) => void, execute: () => Promise<unknown>): Promise<unknown> {
    const hookPath = HOOK_PATHS[op.OP_ID];
    if (this.dir === null || hookPath === undefined) return execute();
    const before = hookVariables(op, this.cluster);
    if (before !== null) {
      const failures = await this.#run(hookPath, 'pre', common(op, hookPath, before));
      if (failures.length > 0)
        throw OpError.hooksAbort(failures.map(({ script, output }) => [NODE_NAME, script, output]));
    }
    const result = await execute();
    if (op.dry_run === true) return result;
    const after = hookVariables(op, this.cluster) ?? before ?? {};
    const variables = { ...common(op, hookPath, before ?? after), ...prefixed('GANETI_POST_', after) };
    for (const { script, output } of await this.#run(hookPath, 'post', variables))
      log(` - WARNING: On ${NODE_NAME} script ${script} failed, output: ${output}`);
    return result;
  }

  async #run(hookPath: string, phase: Phase, variables: Record<string, string>): Promise<Failure[]> {
    const dir = path.join(this.dir ?? '', `${hookPath}-${phase}.d`);
    const env = { ...variables, GANETI_HOOKS_PHASE: phase, PATH };
    const failures: Failure[] = [];
    for (const name of scriptsIn(dir)) {
      const output = await failureOf(path.join(dir, name), env);
      if (output !== null)
        failures.push({ script: `${hookPath}-${phase}.d/${name}`, output: output.trim() || '(no output)' });
    }
    return failures;
  }
}

function scriptsIn(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => SCRIPT.test(name) && isExecutable(path.join(dir, name)))
      .sort();
  } catch {
    return []; // no directory: no hooks
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Null when the script ends well, else its output. */
function failureOf(script: string, env: Record<string, string>): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(script, [], { env, cwd: '/', timeout: LIMIT_MS }, (error, stdout, stderr) =>
      resolve(error === null ? null : `${stdout}${stderr}`),
    );
  });
}

function common(op: OpRecord, hookPath: string, own: Record<string, string>): Record<string, string> {
  return {
    GANETI_HOOKS_PATH: hookPath,
    GANETI_HOOKS_VERSION: '2',
    GANETI_OP_CODE: op.OP_ID,
    GANETI_CLUSTER: 'ganeti-sim',
    GANETI_MASTER: NODE_NAME,
    GANETI_DATA_DIR: '/var/lib/ganeti',
    GANETI_OBJECT_TYPE: (op.OP_ID.split('_')[1] ?? '').toUpperCase(),
    ...prefixed('GANETI_', own),
  };
}

function prefixed(prefix: string, variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [`${prefix}${name}`, value]));
}
