import { request } from 'node:http';
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

interface Answer {
  readonly status: number;
  readonly body: string;
}

function post(socketPath: string, path: string, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request({ socketPath, path, method: 'POST', headers, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
    call.on('error', reject);
    call.end(body);
  });
}

function errorOf(answer: Answer): ArchipelagoError {
  try {
    const { error } = JSON.parse(answer.body) as { error?: { code?: string; message?: string } };
    const Class = CLASSES.get(error?.code ?? '') ?? IoFailed;
    return new Class(error?.message ?? `control socket answered ${answer.status}`);
  } catch {
    return new IoFailed(`control socket answered ${answer.status}`);
  }
}

/** Asks the daemon that holds a volume's lease to act on it. `control` is the URL from the lease, `unix:/path`. */
export async function callControl(control: string, path: string, body: object): Promise<void> {
  if (!control.startsWith(UNIX)) throw new IoFailed(`control URL ${control} is not supported`);
  let answer: Answer;
  try {
    answer = await post(control.slice(UNIX.length), path, JSON.stringify(body));
  } catch (error) {
    throw new Busy(`the lease's holder does not answer at ${control}`, { cause: error });
  }
  if (answer.status >= 300) throw errorOf(answer);
}
