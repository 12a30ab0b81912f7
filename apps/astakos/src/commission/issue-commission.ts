import { createHash } from 'node:crypto';
import { BadRequest, Conflict } from '@synnefo/api';
import { DataSource, type EntityManager, transaction } from '@synnefo/database';
import { toJson, UNLIMITED } from '@synnefo/units';
import { Injectable } from '@nestjs/common';
import { keyOf, lockHoldings, type LockedHolding, saveUsages } from '../quota/holdings.js';
import { issueLines, mergeLines, type ProvisionLine, settleLine } from './apply-provisions.js';
import { refusalFault } from './commission.faults.js';

export interface CommissionIssue {
  readonly name: string;
  readonly provisions: readonly ProvisionLine[];
  readonly isForced: boolean;
  /** Issue and accept at once: never pending. */
  readonly isAutoAccepted: boolean;
  readonly idempotencyKey: string | undefined;
}

const REASON_AUTO = 'ACCEPT:auto';

/**
 * Issues a commission: merge the lines → take the idempotency key → lock the holders' holdings → check and apply each line → write commission and
 * provisions, all in one transaction; any refusal undoes it all.
 */
@Injectable()
export class IssueCommission {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns the serial. @throws OverLimit, ItemNotFound (no holding), BadRequest, Conflict (key used for another request) */
  async run(clientKey: string, issue: CommissionIssue): Promise<number> {
    const lines = mergeLines(issue.provisions);
    if (lines.some(({ quantity }) => quantity > UNLIMITED || -quantity > UNLIMITED)) {
      throw new BadRequest('A quantity does not fit into 64 bits.');
    }
    const serial = await transaction(this.dataSource, async (tx) => {
      const { serial: taken, isNew } = await takeSerial(tx, clientKey, issue, lines);
      if (isNew) await issueIn(tx, { clientKey, serial: taken, issue, lines });
      return taken;
    });
    return Number(serial);
  }
}

interface NewCommission {
  readonly clientKey: string;
  readonly serial: string;
  readonly issue: CommissionIssue;
  readonly lines: readonly ProvisionLine[];
}

async function issueIn(tx: EntityManager, { clientKey, serial, issue, lines }: NewCommission): Promise<void> {
  const holdings = await lockHoldings(
    tx,
    lines.map((line) => line.holder),
  );
  const refusal = issueLines(lines, holdings, issue.isForced);
  if (refusal !== null) throw refusalFault(refusal);
  const touched = lines.flatMap((line) => holdings.get(keyOf(line)) ?? []);
  if (touched.some((holding) => holding.usageMax > UNLIMITED))
    throw new BadRequest('The usage does not fit into 64 bits.');
  if (issue.isAutoAccepted) {
    lines.forEach((line, i) => {
      const holding = touched[i];
      if (holding !== undefined) settleLine(line.quantity, holding, 'accept');
    });
    await logLines(
      tx,
      { serial, clientKey, name: issue.name, issuedAt: new Date(), reason: REASON_AUTO },
      lines,
      touched,
    );
  } else {
    await insertCommission(tx, { serial, clientKey, name: issue.name }, lines);
  }
  await saveUsages(tx, touched);
}

/** The next serial, or the one that the same idempotency key got before. A concurrent request with the key waits here for the first. */
async function takeSerial(
  tx: EntityManager,
  clientKey: string,
  issue: CommissionIssue,
  lines: readonly ProvisionLine[],
): Promise<{ serial: string; isNew: boolean }> {
  const next = `nextval(pg_get_serial_sequence('commission', 'serial'))`;
  if (issue.idempotencyKey === undefined) {
    const rows: { serial: string }[] = await tx.query(`SELECT ${next} AS serial`);
    return { serial: only(rows).serial, isNew: true };
  }
  const hash = requestHash(issue, lines);
  const inserted: { serial: string }[] = await tx.query(
    `INSERT INTO commission_key (client_key, idempotency_key, request_hash, serial) VALUES ($1, $2, $3, ${next})
     ON CONFLICT DO NOTHING RETURNING serial`,
    [clientKey, issue.idempotencyKey, hash],
  );
  if (inserted.length > 0) return { serial: only(inserted).serial, isNew: true };
  const known: { serial: string; request_hash: Buffer }[] = await tx.query(
    'SELECT serial, request_hash FROM commission_key WHERE client_key = $1 AND idempotency_key = $2',
    [clientKey, issue.idempotencyKey],
  );
  const { serial, request_hash: knownHash } = only(known);
  if (!knownHash.equals(hash)) throw new Conflict('The idempotency key was used for another commission.');
  return { serial, isNew: false };
}

function requestHash(issue: CommissionIssue, lines: readonly ProvisionLine[]): Buffer {
  const facts = [
    issue.name,
    issue.isForced,
    issue.isAutoAccepted,
    lines.map((line) => [keyOf(line), line.quantity]),
  ];
  return createHash('sha256').update(toJson(facts)).digest();
}

async function insertCommission(
  tx: EntityManager,
  commission: { serial: string; clientKey: string; name: string },
  lines: readonly ProvisionLine[],
): Promise<void> {
  await tx.query(
    'INSERT INTO commission (serial, client_key, name) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3)',
    [commission.serial, commission.clientKey, commission.name],
  );
  await tx.query(
    `INSERT INTO provision (serial, holder, source, resource, quantity)
     SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[])`,
    [commission.serial, ...columns(lines)],
  );
}

export interface LogHead {
  readonly serial: string;
  readonly clientKey: string;
  readonly name: string;
  readonly issuedAt: Date;
  readonly reason: string;
}

/** Writes one log row a line; `holdings[i]` is the state after line i was settled. */
export async function logLines(
  tx: EntityManager,
  head: LogHead,
  lines: readonly ProvisionLine[],
  holdings: readonly LockedHolding[],
): Promise<void> {
  await tx.query(
    `INSERT INTO provision_log (serial, client_key, name, issued_at, reason, holder, source, resource, delta_quantity,
                                quota_limit, usage_min, usage_max)
     SELECT $1, $2, $3, $4, $5, * FROM unnest($6::text[], $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])`,
    [
      head.serial,
      head.clientKey,
      head.name,
      head.issuedAt,
      head.reason,
      ...columns(lines),
      holdings.map((holding) => holding.limit.toString()),
      holdings.map((holding) => holding.usageMin.toString()),
      holdings.map((holding) => holding.usageMax.toString()),
    ],
  );
}

function columns(lines: readonly ProvisionLine[]): unknown[] {
  return [
    lines.map((line) => line.holder),
    lines.map((line) => line.source),
    lines.map((line) => line.resource),
    lines.map((line) => line.quantity.toString()),
  ];
}

function only<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('the database returned no row');
  return row;
}
