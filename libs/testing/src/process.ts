import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { poll } from '@synnefo/runtime';

export interface StartProcess {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** The start is over when the output matches; without it, at once. */
  readonly readyWhen?: RegExp;
  readonly timeoutMs?: number;
}

export interface RunningProcess {
  readonly pid: number;
  /** Everything printed so far, standard output and error together. */
  logs(): string;
  /** Sends the signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>;
  readonly exited: Promise<number | null>;
}

/** Starts a real process for a test. @throws Error with the output, when it ends or stays silent before it is ready */
export async function startProcess(what: StartProcess): Promise<RunningProcess> {
  const child = spawn(what.command, what.args, {
    env: { ...process.env, ...what.env },
    cwd: what.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  let code: number | null | undefined;
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'exit').then(([status]) => (code = typeof status === 'number' ? status : null));
  const { readyWhen } = what;
  if (readyWhen !== undefined) {
    await poll(
      { everyMs: 20, timeoutMs: what.timeoutMs ?? 20_000, what: `${what.args.join(' ')} to be ready` },
      async () => {
        if (code !== undefined) throw new Error(`${what.command} ended with ${code}:\n${output}`);
        return readyWhen.test(output) ? true : undefined;
      },
    ).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw new Error(`${String(error)}\n${output}`);
    });
  }
  return {
    pid: child.pid ?? -1,
    logs: () => output,
    exited,
    kill: async (signal) => {
      if (code === undefined) child.kill(signal);
      await exited;
    },
  };
}
