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

function errorOf(answer: { status: number; text: string }): ArchipelagoError {
  try {
    const { error } = JSON.parse(answer.text) as { error?: { code?: string; message?: string } };
    const Class = CLASSES.get(error?.code ?? '') ?? IoFailed;
    return new Class(error?.message ?? `control socket answered ${answer.status}`);
  } catch {
    return new IoFailed(`control socket answered ${answer.status}`);
  }
}

/** Asks the daemon that holds a volume's lease to act on it. `control` is the URL from the lease, `unix:/path`. */
export async function callControl(control: string, path: string, body: object): Promise<void> {
  if (!control.startsWith(UNIX)) throw new IoFailed(`control URL ${control} is not supported`);
  let answer: { status: number; text: string };
  try {
    answer = await exchange({
      socketPath: control.slice(UNIX.length),
      method: 'POST',
      path,
      body,
      timeoutMs: TIMEOUT_MS,
    });
  } catch (error) {
    throw new Busy(`the lease's holder does not answer at ${control}`, { cause: error });
  }
  if (answer.status >= 300) throw errorOf(answer);
}
