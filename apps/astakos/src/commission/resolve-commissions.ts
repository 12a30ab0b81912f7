import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, transaction } from '@synnefo/database';
import { keyOf, lockHoldings, type LockedHolding, saveUsages } from '../quota/holdings.js';
import { type ProvisionLine, settleLine } from './apply-provisions.js';
import { logLines } from './issue-commission.js';

export interface Resolution {
  readonly accepted: number[];
  readonly rejected: number[];
  /** Asked to be accepted and rejected at once: left pending. */
  readonly conflicting: number[];
  /** Unknown, settled before, or another component's. */
  readonly notFound: number[];
}

interface CommissionRow {
  readonly serial: string;
  readonly name: string;
  readonly issued_at: Date;
}

interface ProvisionRow {
  readonly serial: string;
  readonly holder: string;
  readonly source: string | null;
  readonly resource: string;
  readonly quantity: string;
}

/** Accepts and rejects many commissions in one transaction. Locks: commissions by serial → provisions → all holdings of their holders. */
@Injectable()
export class ResolveCommissions {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws Error when a provision's holding is gone: the tables are corrupt, nothing is changed */
  async run(clientKey: string, accept: readonly number[], reject: readonly number[]): Promise<Resolution> {
    const acceptSet = new Set(accept);
    const rejectSet = new Set(reject);
    const conflicting = [...acceptSet].filter((serial) => rejectSet.has(serial));
    for (const serial of conflicting) {
      acceptSet.delete(serial);
      rejectSet.delete(serial);
    }
    const wanted = [...acceptSet, ...rejectSet];
    const done = await transaction(this.dataSource, (tx) => settleAll(tx, clientKey, wanted, acceptSet));
    return {
      accepted: [...acceptSet].filter((serial) => done.has(serial)),
      rejected: [...rejectSet].filter((serial) => done.has(serial)),
      conflicting,
      notFound: wanted.filter((serial) => !done.has(serial)),
    };
  }
}

async function settleAll(
  tx: EntityManager,
  clientKey: string,
  wanted: readonly number[],
  acceptSet: ReadonlySet<number>,
): Promise<Set<number>> {
  const commissions: CommissionRow[] = await tx.query(
    `SELECT serial, name, issued_at FROM commission WHERE client_key = $1 AND serial = ANY($2::bigint[])
     ORDER BY serial FOR UPDATE`,
    [clientKey, wanted],
  );
  const serials = commissions.map(({ serial }) => serial);
  if (serials.length === 0) return new Set();
  const provisions: ProvisionRow[] = await tx.query(
    `SELECT serial, holder, source, resource, quantity FROM provision WHERE serial = ANY($1::bigint[])
     ORDER BY id FOR UPDATE`,
    [serials],
  );
  const holdings = await lockHoldings(
    tx,
    provisions.map(({ holder }) => holder),
  );
  const touched = new Set<LockedHolding>();
  for (const commission of commissions) {
    const decision = acceptSet.has(Number(commission.serial)) ? 'accept' : 'reject';
    const lines = provisions.filter(({ serial }) => serial === commission.serial).map(toLine);
    const after = lines.map((line) => settle(line, holdings, decision));
    for (const holding of after) touched.add(holding.row);
    const reason = decision === 'accept' ? 'ACCEPT' : 'REJECT';
    const { serial, name, issued_at: issuedAt } = commission;
    await logLines(
      tx,
      { serial, clientKey, name, issuedAt, reason },
      lines,
      after.map(({ copy }) => copy),
    );
  }
  await saveUsages(tx, [...touched]);
  await tx.query('DELETE FROM commission WHERE serial = ANY($1::bigint[])', [serials]);
  return new Set(serials.map(Number));
}

function settle(
  line: ProvisionLine,
  holdings: ReadonlyMap<string, LockedHolding>,
  decision: 'accept' | 'reject',
): { row: LockedHolding; copy: LockedHolding } {
  const row = holdings.get(keyOf(line));
  if (row === undefined) throw new Error(`a pending provision has no holding: ${keyOf(line)}`);
  settleLine(line.quantity, row, decision);
  return { row, copy: { ...row } };
}

function toLine({ holder, source, resource, quantity }: ProvisionRow): ProvisionLine {
  return { holder, source, resource, quantity: BigInt(quantity) };
}
