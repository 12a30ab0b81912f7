import { execFile } from 'node:child_process';
import path from 'node:path';
import { type RunningProcess, startProcess, tmpDir } from '@synnefo/testing';

const root = path.resolve(__dirname, '../../..');
const bin = path.join(root, 'libs/archipelago/dist/src/bin');

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with exactly this environment. */
export function run(command: string, args: readonly string[], env?: Record<string, string>): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { env: env ?? process.env, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ status, stdout, stderr });
      },
    );
  });
}

/** A real archipelagod over a store in a directory of its own, which can be killed and started again over the same data. */
export class Node {
  readonly control: string;
  readonly nbdDir: string;
  readonly providerDir: string;
  private process: RunningProcess | null = null;

  private constructor(
    readonly dir: string,
    private readonly env: Record<string, string>,
    private readonly removeDir: () => Promise<void>,
  ) {
    this.control = `unix:${dir}/c/control.sock`;
    this.nbdDir = `${dir}/nbd`;
    this.providerDir = `${dir}/extstorage`;
  }

  static async start(env: Record<string, string> = {}): Promise<Node> {
    const dir = await tmpDir('arc-');
    const node = new Node(dir.path, env, () => dir.remove());
    await node.up().catch(async (error: unknown) => {
      await dir.remove();
      throw error;
    });
    return node;
  }

  get environment(): Record<string, string> {
    return {
      ARCHIPELAGO_STORE: `dir:${this.dir}/store`,
      ARCHIPELAGO_NBD_DIR: this.nbdDir,
      ARCHIPELAGO_CONTROL: this.control,
      ARCHIPELAGO_LINGER_MS: '500',
      SYNNEFO_NODE: 'node1',
      ...this.env,
    };
  }

  async up(): Promise<void> {
    this.process = await startProcess({
      command: process.execPath,
      args: [path.join(bin, 'archipelagod.js')],
      env: this.environment,
      readyWhen: /"msg":"ready"/,
    });
  }

  /** One more archipelagod with the same configuration, to its end. */
  second(): Promise<Ran> {
    return run(process.execPath, [path.join(bin, 'archipelagod.js')], {
      ...this.environment,
      PATH: process.env.PATH ?? '',
    });
  }

  get pid(): number {
    return this.process?.pid ?? -1;
  }

  get logs(): string {
    return this.process?.logs() ?? '';
  }

  get exited(): Promise<number | null> {
    return this.process?.exited ?? Promise.resolve(null);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.process?.kill(signal);
  }

  vlmc(...args: string[]): Promise<Ran> {
    return run(process.execPath, [path.join(bin, 'vlmc.js'), '--control', this.control, ...args], {});
  }

  /** As `vlmc`, but a failure fails the test. @returns what it printed, trimmed */
  async must(...args: string[]): Promise<string> {
    const ran = await this.vlmc(...args);
    if (ran.status !== 0) throw new Error(`vlmc ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout.trim();
  }

  /** Installs the provider scripts once. */
  async installProvider(): Promise<void> {
    const installer = path.join(root, 'infra/ganeti/install-provider.mjs');
    const args = ['--dir', this.providerDir, '--control', this.control, '--vlmc', path.join(bin, 'vlmc.js')];
    const ran = await run(process.execPath, [installer, ...args]);
    if (ran.status !== 0) throw new Error(ran.stderr);
  }

  /** Runs a provider script as Ganeti does: nothing in the environment but its own variables. */
  provider(action: string, env: Record<string, string>): Promise<Ran> {
    return run(path.join(this.providerDir, 'synnefo', action), [], env);
  }

  /** Provider scripts in a row for one disk; `open False` is `open` with VOL_OPEN_EXCLUSIVE=False. @throws Error when one fails */
  async onDisk(disk: { name: string; sizeMib: number }, ...actions: string[]): Promise<void> {
    const { name, sizeMib } = disk;
    const env = { VOL_NAME: `${name}-uuid.ext.disk0`, VOL_CNAME: name, VOL_SIZE: String(sizeMib) };
    for (const action of actions) {
      const [script = '', exclusive] = action.split(' ');
      const ran = await this.provider(script, {
        ...env,
        ...(exclusive === undefined ? {} : { VOL_OPEN_EXCLUSIVE: exclusive }),
      });
      if (ran.status !== 0 || ran.stderr !== '') throw new Error(`${action} ${name}: ${ran.stderr}`);
    }
  }

  async remove(): Promise<void> {
    await this.kill();
    await this.removeDir();
  }
}
