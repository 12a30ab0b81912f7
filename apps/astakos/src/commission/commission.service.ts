import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import type { ProvisionLine } from './apply-provisions.js';

export interface PendingCommission {
  readonly serial: number;
  readonly clientKey: string;
  readonly name: string;
  readonly issuedAt: Date;
}

interface CommissionRow {
  readonly serial: string;
  readonly client_key: string;
  readonly name: string;
  readonly issued_at: Date;
}

/** Reads of pending commissions. */
@Injectable()
export class CommissionService {
  constructor(private readonly dataSource: DataSource) {}

  /** Serials of the component's pending commissions, oldest first. */
  async listSerials(clientKey: string): Promise<number[]> {
    const rows: { serial: string }[] = await this.dataSource.query(
      'SELECT serial FROM commission WHERE client_key = $1 ORDER BY serial',
      [clientKey],
    );
    return rows.map(({ serial }) => Number(serial));
  }

  /** All components', for operators; with `olderThanSeconds` the overdue ones. */
  async list(olderThanSeconds = 0): Promise<PendingCommission[]> {
    const rows: CommissionRow[] = await this.dataSource.query(
      `SELECT serial, client_key, name, issued_at FROM commission
       WHERE issued_at <= now() - make_interval(secs => $1) ORDER BY serial`,
      [olderThanSeconds],
    );
    return rows.map(toCommission);
  }

  async find(
    clientKey: string,
    serial: number,
  ): Promise<(PendingCommission & { provisions: ProvisionLine[] }) | null> {
    const rows: CommissionRow[] = await this.dataSource.query(
      'SELECT serial, client_key, name, issued_at FROM commission WHERE client_key = $1 AND serial = $2',
      [clientKey, serial],
    );
    const [row] = rows;
    if (row === undefined) return null;
    const provisions: (Omit<ProvisionLine, 'quantity'> & { quantity: string })[] =
      await this.dataSource.query(
        'SELECT holder, source, resource, quantity FROM provision WHERE serial = $1 ORDER BY id',
        [serial],
      );
    return {
      ...toCommission(row),
      provisions: provisions.map((provision) => ({ ...provision, quantity: BigInt(provision.quantity) })),
    };
  }

  /** Forgets idempotency keys of yesterday. @returns how many */
  async forgetOldKeys(olderThanHours: number): Promise<number> {
    const [, count]: [unknown, number] = await this.dataSource.query(
      'DELETE FROM commission_key WHERE created_at < now() - make_interval(hours => $1)',
      [olderThanHours],
    );
    return count;
  }
}

function toCommission(row: CommissionRow): PendingCommission {
  return { serial: Number(row.serial), clientKey: row.client_key, name: row.name, issuedAt: row.issued_at };
}
