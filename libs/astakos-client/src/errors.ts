/** Astakos answered, but not with what was asked for. `status` is the HTTP status, 0 when the answer itself was unreadable. */
export class AstakosError extends Error {
  override readonly name: string = 'AstakosError';

  constructor(
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Astakos cannot be reached, did not answer in time, or answered 5xx. The request may or may not have been carried out. */
export class AstakosDown extends AstakosError {
  override readonly name = 'AstakosDown';

  constructor(message: string, options?: ErrorOptions & { status?: number }) {
    super(options?.status ?? 0, message, options);
  }
}

/** What the refused provision asked for. All numbers are units of the resource (bytes for sizes). */
export interface RefusedProvision {
  readonly holder: string;
  readonly source: string | null;
  readonly resource: string;
  readonly quantity: bigint;
}

/**
 * A commission was refused: an increase beyond the limit (`reason` capacity), or a decrease below zero (`reason` quantity).
 * Source: identity spec 2.4.
 */
export class QuotaExceeded extends AstakosError {
  override readonly name = 'QuotaExceeded';
  readonly holder: string;
  readonly resource: string;
  readonly quantity: bigint;

  constructor(
    message: string,
    readonly provision: RefusedProvision,
    readonly limit: bigint,
    readonly usage: bigint,
    readonly reason: 'capacity' | 'quantity' = 'capacity',
  ) {
    super(413, message);
    this.holder = provision.holder;
    this.resource = provision.resource;
    this.quantity = provision.quantity;
  }
}

/** A commission named a holder that holds nothing of that resource: the user is no member of the project, or the resource is unknown. */
export class NoHolding extends AstakosError {
  override readonly name = 'NoHolding';
  readonly holder: string;
  readonly resource: string;

  constructor(
    message: string,
    readonly provision: RefusedProvision,
  ) {
    super(404, message);
    this.holder = provision.holder;
    this.resource = provision.resource;
  }
}
