import {
  ArchipelagoError,
  Busy,
  Exists,
  InvalidName,
  InvalidSize,
  IoFailed,
  NoSpace,
  NotFound,
  ReadOnly,
  TooLarge,
  VolumeFailed,
} from '../errors.js';
import { exchange } from './exchange.js';

const TIMEOUT_MS = 60_000;
const UNIX = 'unix:';
const CLASSES: ReadonlyMap<string, new (message: string) => ArchipelagoError> = new Map(
  Object.entries({
    Busy,
    Exists,
    InvalidName,
    InvalidSize,
    NoSpace,
    NotFound,
    ReadOnly,
    TooLarge,
    VolumeFailed,
  }),
);

function errorOf(answer: { status: number; body: Buffer }): ArchipelagoError {
  try {
    const { error } = JSON.parse(answer.body.toString('utf8')) as {
      error?: { code?: string; message?: string };
    };
    const Class = CLASSES.get(error?.code ?? '') ?? IoFailed;
    return new Class(error?.message ?? `control socket answered ${answer.status}`);
  } catch {
    return new IoFailed(`control socket answered ${answer.status}`);
  }
}

export interface ControlRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  /** Default 60 s. */
  readonly timeoutMs?: number;
}

/**
 * Asks the daemon that holds a volume's lease. `control` is the URL from the lease, `unix:/path`.
 * @returns the body of the answer
 * @throws Busy when nobody answers there, and what the daemon refuses with
 */
export async function callControl(control: string, call: ControlRequest): Promise<Buffer> {
  if (!control.startsWith(UNIX)) throw new IoFailed(`control URL ${control} is not supported`);
  let answer: { status: number; body: Buffer };
  try {
    answer = await exchange({ timeoutMs: TIMEOUT_MS, ...call, socketPath: control.slice(UNIX.length) });
  } catch (error) {
    throw new Busy(`the lease's holder does not answer at ${control}`, { cause: error });
  }
  if (answer.status >= 300) throw errorOf(answer);
  return answer.body;
}

/** The path of a volume's call. */
export function volumePath(name: string, call = ''): string {
  return `/v1/volumes/${encodeURIComponent(name)}${call}`;
}
