import type { Readable } from 'node:stream';

import type { Principal } from '@synnefo/auth';

import type { Dialect } from './dialect.js';
import { decodeHeader } from './header-text.js';

/** Request headers as text; values are decoded when they are asked for, as the dialect wants. */
export class RequestHeaders {
  constructor(
    private readonly raw: Readonly<Record<string, string | string[] | undefined>>,
    private readonly dialect: Dialect,
  ) {}

  /** @throws BadRequest on a value that is not text */
  get(name: string): string | undefined {
    const value = this.raw[name];
    const first = Array.isArray(value) ? value.join(', ') : value;
    return first === undefined ? undefined : decodeHeader(first, this.dialect).trim();
  }

  has(name: string): boolean {
    return this.raw[name] !== undefined;
  }

  /** All headers whose lower-case name begins with `prefix`, names and values decoded. */
  withPrefix(prefix: string): [name: string, value: string][] {
    return Object.keys(this.raw)
      .filter((name) => name.startsWith(prefix))
      .map((name) => [decodeHeader(name, this.dialect), this.get(name) ?? '']);
  }
}

/** One request of either mount, taken apart. */
export interface StoreRequest {
  readonly dialect: Dialect;
  readonly method: string;
  readonly principal: Principal;
  readonly account: string;
  readonly container: string;
  readonly object: string;
  readonly query: URLSearchParams;
  readonly headers: RequestHeaders;
  /** The body; a client that waits for "100 Continue" is told to send it. Call after all checks. */
  openBody(): Readable;
}

export interface StoreReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
}
