/**
 * HTTP below the client: basic auth, TLS with a pinned certificate, one time limit a call, a bounded number of connections, and the
 * distinction that effects need: was the request surely not received, or may it have been?
 * Nothing is repeated here: submitting to RAPI is not idempotent.
 */
import { Agent, request } from 'undici';
import { z } from 'zod';
import { RapiDown, RapiError, RapiReplyInvalid, type RapiOutcome } from './errors.js';

export interface RapiOptions {
  /** `https://host:5080`, or `http://…` for a simulator. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** The cluster's certificate (PEM): it is pinned, its name does not matter. Without it the system's authorities are trusted. */
  readonly certificate?: string;
  /** Explicit opt-out: any certificate is accepted. */
  readonly insecure?: boolean;
  /** Limit of a whole call, connection included; default 30 s. */
  readonly timeoutMs?: number;
  /** RAPI serves 20 clients at once; default 8. */
  readonly connections?: number;
}

export interface RapiRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_REPLY_BYTES = 64 * 1024 * 1024;

/** Errors before the first byte of the request could leave. */
const NOT_SENT = new Set([
  ...[
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EACCES',
    'UND_ERR_CONNECT_TIMEOUT',
  ],
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...[
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ],
]);

const errorBody = z.object({
  code: z.number(),
  message: z.string().nullish(),
  explain: z.string().nullish(),
});

export class RapiTransport {
  readonly #agent: Agent;
  readonly #origin: string;
  readonly #authorization: string;
  readonly #timeoutMs: number;

  constructor(options: RapiOptions) {
    this.#origin = options.url.replace(/\/+$/, '');
    this.#authorization = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#agent = new Agent({
      connections: options.connections ?? 8,
      pipelining: 0,
      connect: { timeout: this.#timeoutMs, ...tlsOptions(options) },
      maxResponseSize: MAX_REPLY_BYTES,
    });
  }

  /**
   * Sends one request and parses the answer.
   * @throws RapiError when RAPI refuses, RapiDown when there is no usable answer, RapiReplyInvalid when the answer has another shape
   */
  async call<S extends z.ZodType>(what: RapiRequest, schema: S): Promise<z.infer<S>> {
    const { status, text } = await this.#send(what);
    if (status !== 200) throw failure(what, status, text);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new RapiReplyInvalid('the answer is no JSON', what.method, what.path, { cause: error });
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const mistakes = parsed.error.issues
      .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
      .slice(0, 5);
    throw new RapiReplyInvalid(mistakes.join('; '), what.method, what.path, { cause: parsed.error });
  }

  /** Closes all connections; calls in flight end with RapiDown. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #send(what: RapiRequest): Promise<{ status: number; text: string }> {
    const limit = AbortSignal.timeout(what.timeoutMs ?? this.#timeoutMs);
    const signal = what.signal === undefined ? limit : AbortSignal.any([limit, what.signal]);
    const headers: Record<string, string> = {
      authorization: this.#authorization,
      accept: 'application/json',
    };
    if (what.body !== undefined) headers['content-type'] = 'application/json';
    try {
      const reply = await request(this.#origin + what.path + queryText(what.query), {
        dispatcher: this.#agent,
        method: what.method,
        headers,
        body: what.body === undefined ? null : JSON.stringify(what.body),
        signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      return { status: reply.statusCode, text: await reply.body.text() };
    } catch (error) {
      if (what.signal?.aborted === true && !limit.aborted) throw error;
      const message = limit.aborted
        ? `no answer in ${what.timeoutMs ?? this.#timeoutMs} ms`
        : messageOf(error);
      throw new RapiDown(message, what, outcomeOf(error), { cause: error });
    }
  }
}

function tlsOptions(options: RapiOptions): Record<string, unknown> {
  if (options.insecure === true) return { rejectUnauthorized: false };
  if (options.certificate === undefined) return {};
  return { ca: options.certificate, checkServerIdentity: () => undefined };
}

function queryText(query: RapiRequest['query']): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) search.append(name, String(item));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

function failure(what: RapiRequest, status: number, text: string): Error {
  const { message, explain } = parseError(text);
  // The master refused to parse a value: permanent, though the status is a gateway's.
  if (status === 502 && message.startsWith('Failed to parse request'))
    return new RapiError(what.method, what.path, status, message, explain);
  if (status === 503 && message === 'Instance console unavailable') {
    return new RapiError(what.method, what.path, status, message, explain);
  }
  if (status === 503 || /^(Queue drained|Job queue is (full|drained))/i.test(message)) {
    return new RapiDown(message, what, 'not-received', { status });
  }
  if (status === 502 || status === 504) return new RapiDown(message, what, 'unknown', { status });
  return new RapiError(what.method, what.path, status, message, explain);
}

function parseError(text: string): { message: string; explain: string | null } {
  try {
    const parsed = errorBody.safeParse(JSON.parse(text));
    if (parsed.success)
      return { message: unescapeHtml(parsed.data.message ?? ''), explain: parsed.data.explain ?? null };
  } catch {
    // not RAPI's own answer (a proxy's page): shown as it is
  }
  return { message: text.slice(0, 200), explain: null };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x27;': "'",
  '&amp;': '&',
};

function unescapeHtml(text: string): string {
  return text.replace(/&(?:lt|gt|quot|#x27|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const systemError = z.object({ code: z.string().optional(), errors: z.array(z.unknown()).optional() });

function outcomeOf(error: unknown): RapiOutcome {
  const { code, errors } = systemError.safeParse(error).data ?? {};
  if (code !== undefined && NOT_SENT.has(code)) return 'not-received';
  // several addresses tried, all refused
  const allRefused =
    errors !== undefined && errors.length > 0 && errors.every((one) => outcomeOf(one) === 'not-received');
  return allRefused ? 'not-received' : 'unknown';
}
