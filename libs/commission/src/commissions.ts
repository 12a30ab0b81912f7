/**
 * The quota part of every operation that changes what exists. What it guarantees: after a success, a refusal, or a crash at any line, Astakos' usage
 * ends equal to what the rows say.
 *
 *   issue at Astakos (pending) → one transaction: rows of the operation + the decision in table `commission` → told to Astakos, until it knows
 *
 * A commission that Astakos has pending and that no row here knows belongs to an operation that died before its commit. The reconciler rejects it by
 * inserting its row first; an operation that is still alive then fails on that row and rolls back (`CommissionLost`). So both cannot win.
 */
import { type AstakosClient, type Provision, QuotaExceeded } from '@synnefo/astakos-client';
import { type DataSource, type EntityManager, transaction } from '@synnefo/database';
import type { Producer } from '@synnefo/queue';
import type { CommissionJob } from './commission.queue.js';

export interface CommissionsOptions {
  readonly dataSource: DataSource;
  readonly astakos: Pick<AstakosClient, 'issueCommission' | 'resolveCommissions' | 'pendingCommissions'>;
  /** Null where nobody consumes the queue: the reconciler then tells Astakos. */
  readonly producer: Producer<CommissionJob> | null;
  readonly logger: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

export interface CommissionIssue {
  /** What it is about, for people: `server 12`. */
  readonly name: string;
  readonly provisions: Provision[];
  readonly force?: boolean;
}

/** The commission was given up by the reconciler while the operation was still at work: the operation must roll back. */
export class CommissionLost extends Error {
  override readonly name = 'CommissionLost';
}

const BATCH = 100;
const KEPT_TOLD_HOURS = 1;

export class Commissions {
  /** When this process first saw a commission that is pending at Astakos and unknown here. */
  readonly #unknownSince = new Map<number, number>();

  constructor(private readonly options: CommissionsOptions) {}

  /** Asks Astakos. @returns the serial; null when there is nothing to change. @throws QuotaExceeded, NoHolding, AstakosDown (see quotaFault) */
  async issue(request: CommissionIssue): Promise<number | null> {
    if (request.provisions.every((provision) => provision.quantity === 0n)) return null;
    try {
      return await this.options.astakos.issueCommission(request);
    } catch (error) {
      if (!(error instanceof QuotaExceeded) || error.reason !== 'quantity') throw error;
      // What is given back may have come by a commission whose acceptance Astakos was not told of yet.
      await this.resolveNow();
      return this.options.astakos.issueCommission(request);
    }
  }

  /**
   * Issues a commission, runs `fn` in a transaction, and accepts the commission with that transaction's commit. `fn` may run several times.
   * @throws what `issue` or `fn` throws; then nothing is charged
   */
  withCommission<T>(
    request: CommissionIssue,
    fn: (tx: EntityManager, serial: number | null) => Promise<T>,
  ): Promise<T> {
    return this.#around(request, fn, (tx, serial) => this.accept(tx, serial));
  }

  /** As `withCommission`, but the commission stays pending with the rows until `accept` or `reject` is called for it. */
  withPendingCommission<T>(
    request: CommissionIssue,
    fn: (tx: EntityManager, serial: number | null) => Promise<T>,
  ): Promise<T> {
    return this.#around(request, fn, (tx, serial) => this.keep(tx, serial, request.name));
  }

  /** Records in the transaction of the rows that the commission stays pending. @throws CommissionLost */
  keep(tx: EntityManager, serial: number, object: string): Promise<void> {
    return decide(tx, serial, 'pending', object);
  }

  /** Records the decision in the caller's transaction; call `resolveSoon` after its commit. @throws CommissionLost */
  accept(tx: EntityManager, serial: number): Promise<void> {
    return decide(tx, serial, 'accept', '');
  }

  /** @see accept */
  reject(tx: EntityManager, serial: number): Promise<void> {
    return decide(tx, serial, 'reject', '');
  }

  /** After the commit: lets the worker tell Astakos. A lost wake-up is found by `reconcile`. */
  async resolveSoon(serial: number | null): Promise<void> {
    if (serial === null) return;
    try {
      await this.options.producer?.add({ serial: String(serial) });
    } catch (error) {
      this.options.logger.warn({ err: error, serial }, 'commission not enqueued, left to the reconciler');
    }
  }

  /** Tells Astakos every decision that it does not know yet. @returns how many. Safe beside itself. */
  async resolveNow(): Promise<number> {
    let told = 0;
    for (;;) {
      const rows: { serial: string; decision: string }[] = await this.options.dataSource.query(
        `SELECT serial, decision FROM commission WHERE told_at IS NULL AND decision <> 'pending' ORDER BY serial LIMIT $1`,
        [BATCH],
      );
      if (rows.length === 0) return told;
      const serials = (decision: string) =>
        rows.filter((row) => row.decision === decision).map((row) => Number(row.serial));
      const { failed } = await this.options.astakos.resolveCommissions({
        accept: serials('accept'),
        reject: serials('reject'),
      });
      for (const failure of failed.filter(({ reason }) => reason !== 'itemNotFound'))
        this.options.logger.warn(failure, 'commission not resolved');
      // itemNotFound: told before, by a worker that died before it could say so
      await this.options.dataSource.query(
        'UPDATE commission SET told_at = now() WHERE serial = ANY($1::bigint[])',
        [rows.map((row) => row.serial)],
      );
      told += rows.length;
    }
  }

  /**
   * Repairs what crashes left: tells decisions again, rejects what Astakos has pending and no row knows for `olderThanMs`, forgets old rows.
   * @returns serials that it rejected
   */
  async reconcile(options: { olderThanMs: number }): Promise<number[]> {
    await this.resolveNow();
    const abandoned = await this.#abandoned(options.olderThanMs);
    for (const serial of abandoned) await this.#giveUp(serial, 'abandoned');
    if (abandoned.length > 0) await this.resolveNow();
    await this.options.dataSource.query(
      `DELETE FROM commission WHERE told_at < now() - interval '${KEPT_TOLD_HOURS} hour'`,
    );
    return abandoned;
  }

  async #abandoned(olderThanMs: number): Promise<number[]> {
    const pending = await this.options.astakos.pendingCommissions();
    const rows: { serial: string }[] = await this.options.dataSource.query(
      'SELECT serial FROM commission WHERE serial = ANY($1::bigint[])',
      [pending],
    );
    const known = new Set(rows.map((row) => Number(row.serial)));
    const unknown = new Set(pending.filter((serial) => !known.has(serial)));
    for (const serial of this.#unknownSince.keys())
      if (!unknown.has(serial)) this.#unknownSince.delete(serial);
    const now = performance.now();
    return [...unknown].filter((serial) => {
      const since = this.#unknownSince.get(serial) ?? now;
      this.#unknownSince.set(serial, since);
      return now - since >= olderThanMs;
    });
  }

  async #around<T>(
    request: CommissionIssue,
    fn: (tx: EntityManager, serial: number | null) => Promise<T>,
    settle: (tx: EntityManager, serial: number) => Promise<void>,
  ): Promise<T> {
    const serial = await this.issue(request);
    let result: T;
    try {
      result = await transaction(this.options.dataSource, async (tx) => {
        const value = await fn(tx, serial);
        if (serial !== null) await settle(tx, serial);
        return value;
      });
    } catch (error) {
      if (serial !== null) await this.#giveUp(serial, request.name);
      await this.resolveSoon(serial);
      throw error;
    }
    await this.resolveSoon(serial);
    return result;
  }

  /** Rejects, unless a row says that the operation's transaction did commit (its answer may have been lost). */
  async #giveUp(serial: number, object: string): Promise<void> {
    try {
      await this.options.dataSource.query(
        `INSERT INTO commission (serial, decision, object) VALUES ($1, 'reject', $2) ON CONFLICT (serial) DO NOTHING`,
        [serial, object],
      );
    } catch (error) {
      this.options.logger.warn({ err: error, serial }, 'commission not rejected, left to the reconciler');
    }
  }
}

async function decide(
  tx: EntityManager,
  serial: number,
  decision: 'pending' | 'accept' | 'reject',
  object: string,
): Promise<void> {
  const rows: unknown[] = await tx.query(
    `INSERT INTO commission (serial, decision, object) VALUES ($1, $2, $3)
     ON CONFLICT (serial) DO UPDATE SET decision = excluded.decision WHERE commission.decision IN ('pending', excluded.decision)
     RETURNING serial`,
    [serial, decision, object],
  );
  if (rows.length === 0) throw new CommissionLost(`commission ${serial} was decided otherwise already`);
}
