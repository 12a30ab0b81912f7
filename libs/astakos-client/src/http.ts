import { toJson } from '@synnefo/units';
import { Agent, request } from 'undici';
import type { z } from 'zod';
import { parseBigJson } from './big-json.js';
import type { AstakosClientOptions } from './types.js';
import { AstakosDown, AstakosError, NoHolding, QuotaExceeded } from './errors.js';
import { faultSchema } from './schemas.js';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below the base URL, without leading slash. */
  readonly path: string;
  readonly body?: object;
  readonly subjectToken?: string;
  readonly idempotencyKey?: string;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const ATTEMPTS = 2;
const BROKEN_CONNECTION = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** The wire: one deadline a call, connections kept, answers checked, faults turned into errors. */
export class Http {
  readonly #agent = new Agent({ connections: 64, keepAliveTimeout: 4_000, connect: { timeout: 5_000 } });
  readonly #timeoutMs: number;

  constructor(private readonly options: AstakosClientOptions) {
    this.#timeoutMs = options.timeoutMs ?? 10_000;
  }

  /** @throws AstakosError when the answer is a fault or is not what `schema` says */
  async json<S extends z.ZodType>(call: Call, schema: S): Promise<z.infer<S>> {
    const { text } = await this.request(call);
    const parsed = schema.safeParse(parseOrUndefined(text));
    if (parsed.success) return parsed.data;
    throw new AstakosError(0, `astakos answered ${call.method} ${pathOf(call)} with something else`, {
      cause: parsed.error,
    });
  }

  async request(call: Call): Promise<Answer> {
    const answer = await this.#send(call, AbortSignal.timeout(this.#timeoutMs), 1);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw faultOf(call, answer);
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  async #send(call: Call, signal: AbortSignal, attempt: number): Promise<Answer> {
    const url = `${this.options.baseUrl.replace(/\/+$/, '')}/${call.path}`;
    try {
      const reply = await request(url, {
        dispatcher: this.#agent,
        method: call.method,
        headers: this.#headers(call),
        body: call.body === undefined ? undefined : toJson(call.body),
        signal,
      });
      return { status: reply.statusCode, text: await reply.body.text() };
    } catch (error) {
      if (attempt < ATTEMPTS && !signal.aborted && BROKEN_CONNECTION.has(codeOf(error))) {
        this.options.logger?.debug({ call: pathOf(call) }, 'astakos connection broke, asking again');
        return this.#send(call, signal, attempt + 1);
      }
      const why = signal.aborted ? `no answer within ${this.#timeoutMs} ms` : codeOf(error);
      throw new AstakosDown(`astakos: ${call.method} ${pathOf(call)}: ${why}`, { cause: error });
    }
  }

  #headers(call: Call): Record<string, string> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (this.options.componentToken !== undefined) headers['x-auth-token'] = this.options.componentToken;
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    if (call.subjectToken !== undefined) headers['x-subject-token'] = call.subjectToken;
    if (call.idempotencyKey !== undefined) headers['idempotency-key'] = call.idempotencyKey;
    return headers;
  }
}

function faultOf(call: Call, answer: Answer): AstakosError {
  const what = `astakos: ${call.method} ${pathOf(call)}: ${answer.status}`;
  const parsed = faultSchema.safeParse(parseOrUndefined(answer.text));
  const fault = parsed.success ? Object.values(parsed.data)[0] : undefined;
  const message = fault === undefined || fault.message === '' ? what : fault.message;
  if (answer.status >= 500) return new AstakosDown(`${what} ${message}`, { status: answer.status });
  const data = fault?.data;
  if (data === undefined) return new AstakosError(answer.status, message);
  if (data.name === 'NoHoldingError') return new NoHolding(message, data.provision);
  const reason = data.name === 'NoQuantityError' ? 'quantity' : 'capacity';
  return new QuotaExceeded(message, data.provision, data.limit ?? 0n, data.usage ?? 0n, reason);
}

function pathOf(call: Call): string {
  return call.path.split('?')[0] ?? call.path;
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown error';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'message' in error && typeof error.message === 'string' ? error.message : 'unknown error';
}

function parseOrUndefined(text: string): unknown {
  try {
    return parseBigJson(text);
  } catch {
    return undefined;
  }
}
