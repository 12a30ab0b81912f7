/**
 * Providers of external storage: a directory of scripts each. Called with Ganeti's variables and nothing else in the environment, in the
 * provider's directory. Source: Ganeti design "shared storage", and the calls of 3.0.2 as recorded.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import type { DiskConfig } from '../cluster/cluster-config.js';
import { OpError } from '../opcode/op-error.js';

export type ExtAction = 'create' | 'attach' | 'detach' | 'remove' | 'grow' | 'setinfo' | 'open' | 'close';

/** May be missing from a provider. */
const OPTIONAL: ReadonlySet<ExtAction> = new Set(['open', 'close']);
const SCRIPT_LIMIT_MS = 120_000;
const MAX_OUTPUT_BYTES = 256 * 1024;
const LAST_LINES = 20;
const PIPE_GRACE_MS = 1000;

/** Where a volume is on this node: a block device, URIs by hypervisor, or both. */
export interface Attachment {
  readonly device: string | null;
  readonly uris: Readonly<Record<string, string>>;
}

export class ExtStorage {
  readonly #log: string;

  /** @param providersDir null: no provider exists */
  constructor(
    private readonly providersDir: string | null,
    stateDir: string,
  ) {
    const dir = path.join(stateDir, 'log');
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#log = path.join(dir, 'extstorage.log');
  }

  /** Runs one script. @returns its standard output. @throws OpError with the script's last lines */
  async run(
    action: ExtAction,
    disk: DiskConfig,
    more: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const script = path.join(this.#providerDir(disk.params.provider ?? ''), action);
    if (OPTIONAL.has(action) && !existsSync(script)) return '';
    const { exitCode, stdout, output } = await runScript(script, { ...environment(disk), ...more });
    const line = `${new Date().toISOString()} ${action} ${disk.volume ?? ''} ${disk.name ?? ''} exit=${exitCode}\n`;
    await appendFile(this.#log, exitCode === 0 ? line : `${line}${output}\n`);
    if (exitCode === 0) return stdout;
    throw scriptFailure(action, exitCode, output);
  }

  #providerDir(provider: string): string {
    const dir = this.providersDir === null ? null : path.join(this.providersDir, provider);
    if (dir !== null && /^\w[\w.-]*$/.test(provider) && existsSync(dir)) return dir;
    throw OpError.exec(`Directory for External Storage Provider ${provider} not found in search path`);
  }

  /** Makes the volume available on this node; may be called again and again. */
  async attach(disk: DiskConfig): Promise<Attachment> {
    const attachment = parseAttachment(await this.run('attach', disk));
    if (attachment.device === null && Object.keys(attachment.uris).length === 0) {
      throw OpError.exec(
        `External storage's attach script returned neither a device nor a URI for ${disk.volume ?? ''}`,
      );
    }
    return attachment;
  }
}

function scriptFailure(action: ExtAction, exitCode: number | string, output: string): OpError {
  const last = output.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  const how = typeof exitCode === 'number' ? `exited with exit code ${exitCode}` : exitCode;
  return OpError.exec(`External storage's ${action} script failed (${how}), last lines of output:\n${last}`);
}

/** The first line is a block device or empty, each other one `hypervisor:uri`. */
export function parseAttachment(output: string): Attachment {
  const [device = '', ...lines] = output.split('\n').map((line) => line.trim());
  const uris = lines.flatMap((line) => {
    const [, hypervisor, uri] = /^([a-z-]+):(.+)$/.exec(line) ?? [];
    return hypervisor === undefined || uri === undefined ? [] : [[hypervisor, uri] as const];
  });
  return { device: device === '' ? null : device, uris: Object.fromEntries(uris) };
}

function environment(disk: DiskConfig): Record<string, string> {
  const variables: Record<string, string> = { VOL_NAME: disk.volume ?? '', VOL_UUID: disk.uuid };
  if (disk.name !== null) variables.VOL_CNAME = disk.name;
  for (const [name, value] of Object.entries(disk.params)) variables[`EXTP_${name.toUpperCase()}`] = value;
  return variables;
}

interface ScriptEnd {
  readonly exitCode: number | string;
  readonly stdout: string;
  /** Both streams. */
  readonly output: string;
}

function runScript(script: string, env: Record<string, string>): Promise<ScriptEnd> {
  return new Promise((resolve) => {
    const child = spawn(script, [], {
      env,
      cwd: path.dirname(script),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: SCRIPT_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let output = '';
    const add = (chunk: Buffer, isStdout: boolean): void => {
      if (output.length >= MAX_OUTPUT_BYTES) return;
      output += chunk.toString('utf8');
      if (isStdout) stdout += chunk.toString('utf8');
    };
    child.stdout.on('data', (chunk: Buffer) => add(chunk, true));
    child.stderr.on('data', (chunk: Buffer) => add(chunk, false));
    child.on('error', (error) => resolve({ exitCode: 127, stdout, output: error.message }));
    let exitCode: number | string = 0;
    const end = (): void => resolve({ exitCode, stdout, output });
    child.on('close', end);
    child.on('exit', (code, signal) => {
      exitCode = code ?? `terminated by signal ${signal ?? ''}`;
      // A daemon that the script left behind may hold the pipes open.
      setTimeout(end, PIPE_GRACE_MS).unref();
    });
  });
}
