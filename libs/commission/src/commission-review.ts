/**
 * The commissions that Astakos has pending, beside what the rows say of them. The list is read first, the rows after it. Who decides: the row, as
 * everywhere (see Commissions); of a commission that waits for an object, the object; one that no row knows was left by an operation that died.
 */
import type { AstakosClient } from '@synnefo/astakos-client';
import type { DataSource } from '@synnefo/database';
import type { Decision } from './commission.entity.js';

export type Verdict = 'accept' | 'reject' | 'wait';

export interface ReviewedCommission {
  readonly serial: number;
  readonly name: string;
  readonly issuedAt: Date;
  /** Null: no row knows it. */
  readonly decision: Decision | null;
  /** What is to become of it. */
  readonly verdict: Verdict;
}

export interface CommissionReviewOptions {
  readonly dataSource: DataSource;
  readonly astakos: Pick<AstakosClient, 'pendingCommissions' | 'findCommission'>;
  /** What becomes of commissions that the rows keep pending with an object; those left out are rejected: nothing waits for them. */
  readonly verdicts?: (serials: readonly number[]) => Promise<ReadonlyMap<number, Verdict>>;
}

export class CommissionReview {
  constructor(private readonly options: CommissionReviewOptions) {}

  /** @param olderThanMs a younger one that no row knows may belong to an operation that is alive */
  async compare({ olderThanMs }: { olderThanMs: number }): Promise<ReviewedCommission[]> {
    const serials = await this.options.astakos.pendingCommissions();
    const rows: { serial: string; decision: Decision }[] = await this.options.dataSource.query(
      'SELECT serial, decision FROM commission WHERE serial = ANY($1::bigint[])',
      [serials],
    );
    const decisions = new Map(rows.map(({ serial, decision }) => [Number(serial), decision]));
    const kept = serials.filter((serial) => decisions.get(serial) === 'pending');
    const verdicts = (await this.options.verdicts?.(kept)) ?? new Map<number, Verdict>();
    const reviewed: ReviewedCommission[] = [];
    for (const serial of serials) {
      const info = await this.options.astakos.findCommission(serial);
      if (info === null) continue; // resolved meanwhile
      const decision = decisions.get(serial) ?? null;
      const isYoung = Date.now() - info.issuedAt.getTime() < olderThanMs;
      const ofObject = verdicts.get(serial) ?? 'reject';
      reviewed.push({ ...info, decision, verdict: verdictOf({ decision, ofObject, isYoung }) });
    }
    return reviewed;
  }

  /** Writes the verdicts that are no `wait` into the rows; `Commissions.resolveNow` then tells Astakos. A row that has changed meanwhile stays. */
  async decide(reviewed: readonly ReviewedCommission[]): Promise<void> {
    for (const { serial, decision, verdict } of reviewed.filter((one) => one.verdict !== 'wait')) {
      const statement =
        decision === null
          ? `INSERT INTO commission (serial, decision, object) VALUES ($1, $2, 'reconciled') ON CONFLICT (serial) DO NOTHING`
          : `UPDATE commission SET decision = $2, told_at = NULL WHERE serial = $1 AND decision IN ('pending', $2)`;
      await this.options.dataSource.query(statement, [serial, verdict]);
    }
  }
}

/** What is to become of a commission that Astakos has pending. Pure. */
export function verdictOf(about: {
  readonly decision: Decision | null;
  readonly ofObject: Verdict;
  readonly isYoung: boolean;
}): Verdict {
  if (about.decision === null) return about.isYoung ? 'wait' : 'reject';
  return about.decision === 'pending' ? about.ofObject : about.decision;
}
