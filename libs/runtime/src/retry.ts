import { setTimeout as delay } from 'node:timers/promises';

/** What was waited for did not come in time. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

export interface PollOptions {
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** What is waited for, as it reads in the error: "the server to become ACTIVE". */
  readonly what: string;
}

/** Calls `fn` until it gives a value. @throws TimeoutError after `timeoutMs`; whatever `fn` throws */
export async function poll<T>(options: PollOptions, fn: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    const value = await fn();
    if (value !== undefined) return value;
    if (Date.now() >= deadline) throw new TimeoutError(`waited ${options.timeoutMs} ms for ${options.what}`);
    await delay(options.everyMs);
  }
}

export interface BackoffOptions {
  readonly attempts: number;
  readonly firstMs: number;
  readonly maxMs: number;
  readonly isRetriable: (error: unknown) => boolean;
  readonly signal?: AbortSignal;
}

/** Repeats `fn` on retriable errors, waiting twice as long each time (with a random part). @throws the last error */
export async function backoff<T>(options: BackoffOptions, fn: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fn(attempt);
    } catch (error) {
      if (attempt >= options.attempts || !options.isRetriable(error)) throw error;
      const waitMs = Math.min(options.maxMs, options.firstMs * 2 ** (attempt - 1));
      await delay(waitMs * (0.5 + Math.random() / 2), undefined, { signal: options.signal });
    }
  }
}
