import { type CommissionRequest, QuotaExceeded, type Resolution } from '@synnefo/astakos-client';

/**
 * The quota side of Astakos as a test sees it: usage by holder, limits, and refusals or failures on demand. It stands at the
 * process border that Pithos calls; the real Astakos is used in `with-astakos.spec.ts`.
 */
export class Ledger {
  limitBytes = 1n << 50n;
  /** Thrown by the next call of that name. */
  readonly failNext = new Map<'issue' | 'resolve', Error>();
  issued = 0;
  #serial = 0;
  readonly #pending = new Map<number, CommissionRequest>();
  readonly #usage = new Map<string, bigint>();

  issueCommission(request: CommissionRequest): Promise<number> {
    const failure = this.#take('issue');
    if (failure) return Promise.reject(failure);
    for (const provision of request.provisions) {
      const usage = this.#charged(provision.holder) + provision.quantity;
      if (provision.quantity > 0n && usage > this.limitBytes) {
        return Promise.reject(new QuotaExceeded('over quota', provision, this.limitBytes, usage));
      }
      if (usage < 0n)
        return Promise.reject(new QuotaExceeded('below zero', provision, this.limitBytes, usage, 'quantity'));
    }
    this.issued += 1;
    this.#serial += 1;
    this.#pending.set(this.#serial, request);
    return Promise.resolve(this.#serial);
  }

  resolveCommissions(decision: {
    accept: readonly number[];
    reject: readonly number[];
  }): Promise<Resolution> {
    const failure = this.#take('resolve');
    if (failure) return Promise.reject(failure);
    for (const serial of decision.accept) {
      for (const { holder, quantity } of this.#pending.get(serial)?.provisions ?? []) {
        this.#usage.set(holder, (this.#usage.get(holder) ?? 0n) + quantity);
      }
      this.#pending.delete(serial);
    }
    for (const serial of decision.reject) this.#pending.delete(serial);
    return Promise.resolve({ accepted: [...decision.accept], rejected: [...decision.reject], failed: [] });
  }

  pendingCommissions(): Promise<number[]> {
    return Promise.resolve([...this.#pending.keys()]);
  }

  /** Accepted bytes of a user. */
  usage(user: string): bigint {
    return this.#usage.get(`user:${user}`) ?? 0n;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  #charged(holder: string): bigint {
    let charged = this.#usage.get(holder) ?? 0n;
    for (const { provisions } of this.#pending.values()) {
      for (const provision of provisions)
        if (provision.holder === holder && provision.quantity > 0n) charged += provision.quantity;
    }
    return charged;
  }

  #take(call: 'issue' | 'resolve'): Error | undefined {
    const failure = this.failNext.get(call);
    this.failNext.delete(call);
    return failure;
  }
}
