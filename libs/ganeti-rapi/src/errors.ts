/** Base of everything that a Ganeti cluster's remote API can do to its caller. */
export abstract class RapiFailure extends Error {
  constructor(
    message: string,
    readonly method: string,
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(`${method} ${path}: ${message}`, options);
  }
}

/**
 * RAPI answered and refused: repeating the same request gives the same answer. (Names that are taken, wrong states and the like are no
 * refusals: they are jobs that end in `error`.)
 */
export class RapiError extends RapiFailure {
  override readonly name = 'RapiError';

  /** @param explanation the answer's `message`, with its HTML escapes undone; `explain` is the class of the error in words */
  constructor(
    method: string,
    path: string,
    readonly status: number,
    readonly explanation: string,
    readonly explain: string | null = null,
  ) {
    super(`${status} ${explanation}`, method, path);
  }

  /** Unknown object or path. */
  get isNotFound(): boolean {
    return this.status === 404;
  }
}

/**
 * `not-received`: the cluster has surely not taken the request (refused connection, failed TLS, full or drained queue), it may be sent again.
 * `unknown`: it may have been taken; look for the job by its reason before sending again.
 */
export type RapiOutcome = 'not-received' | 'unknown';

/** No usable answer: no connection, a time-out, a broken connection, 502, 503, 504, or a queue that takes no jobs now. */
export class RapiDown extends RapiFailure {
  override readonly name = 'RapiDown';

  constructor(
    message: string,
    request: { readonly method: string; readonly path: string },
    readonly outcome: RapiOutcome,
    options?: ErrorOptions & { status?: number },
  ) {
    super(message, request.method, request.path, options);
    this.status = options?.status ?? null;
  }

  /** The HTTP status, when there was an answer. */
  readonly status: number | null;
}

/** The answer has another shape than Ganeti 3.0's. */
export class RapiReplyInvalid extends RapiFailure {
  override readonly name = 'RapiReplyInvalid';
}

/** A job did not reach its end within the time given. */
export class JobTimeout extends Error {
  override readonly name = 'JobTimeout';

  constructor(
    readonly gntJobId: number,
    timeoutMs: number,
  ) {
    super(`job ${gntJobId} did not end within ${timeoutMs} ms`);
  }
}
