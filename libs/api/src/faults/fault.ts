/**
 * The one type of error that reaches the wire. `name` is the key of the OpenStack fault; the filter renders it in the form of the face that was
 * asked. Text of unknown errors never gets here: they become `internalServerError` with the request id.
 */
export class Fault extends Error {
  constructor(
    override readonly name: string,
    readonly code: number,
    message: string,
    options: FaultOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details ?? '';
    this.headers = options.headers ?? {};
    this.data = options.data;
  }

  /** Text for people; empty on most. */
  readonly details: string;
  /** Reply headers that belong to the fault, as `WWW-Authenticate` or `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Facts for programs, rendered as `data` beside the message (quota faults of Astakos). */
  readonly data: unknown;
}

export interface FaultOptions {
  readonly details?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly data?: unknown;
  readonly cause?: unknown;
}
