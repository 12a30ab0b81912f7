import { NoHolding, QuotaExceeded } from '@synnefo/astakos-client';
import { assertNoDrift, createDataSource, type DataSource, migrate } from '@synnefo/database';
import { testDatabase, type TestDatabase } from '@synnefo/testing';
import type { ProjectUuid, UserUuid } from '@synnefo/units';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { COMMISSION_TABLE_SQL, CommissionEntity } from './commission.entity.js';
import { CommissionLost, Commissions } from './commissions.js';
import { provisionsFor } from './provisions.js';
import { quotaFault } from './quota-fault.js';

class CreateCommission1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(COMMISSION_TABLE_SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE commission');
  }
}

/** Keeps serials as Astakos does; the real one is held to this in test/e2e. */
class SerialKeeper {
  readonly pending = new Set<number>();
  readonly accepted: number[] = [];
  readonly rejected: number[] = [];
  fail: Error | undefined;
  #next = 1;

  async issueCommission(): Promise<number> {
    await Promise.resolve();
    if (this.fail !== undefined) throw this.fail;
    this.pending.add(this.#next);
    return this.#next++;
  }

  async resolveCommissions(decision: { accept: readonly number[]; reject: readonly number[] }) {
    await Promise.resolve();
    if (this.fail !== undefined) throw this.fail;
    const take = (serials: readonly number[], into: number[]) =>
      serials.filter((serial) => this.pending.delete(serial) && into.push(serial));
    const [accepted, rejected] = [take(decision.accept, this.accepted), take(decision.reject, this.rejected)];
    const done = new Set([...accepted, ...rejected]);
    const failed = [...decision.accept, ...decision.reject]
      .filter((serial) => !done.has(serial))
      .map((serial) => ({ serial, reason: 'itemNotFound', message: '' }));
    return { accepted, rejected, failed };
  }

  pendingCommissions(): Promise<number[]> {
    return Promise.resolve([...this.pending]);
  }
}

const provisions = provisionsFor('u' as UserUuid, 'p' as ProjectUuid, {
  'cyclades.vm': 1n,
  'cyclades.ram': 0n,
});
const quiet = { info: () => undefined, warn: () => undefined };

describe('Commissions', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let astakos: SerialKeeper;
  let commissions: Commissions;

  beforeAll(async () => {
    database = await testDatabase('commission');
    dataSource = await createDataSource({
      url: database.url,
      entities: [CommissionEntity],
      migrations: [CreateCommission1700000000000],
      applicationName: 'test',
    }).initialize();
    await migrate(dataSource);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  beforeEach(async () => {
    await dataSource.query('DELETE FROM commission');
    astakos = new SerialKeeper();
    commissions = new Commissions({ dataSource, astakos, producer: null, logger: quiet });
  });

  it('has an entity that says what the migration made', () => assertNoDrift(dataSource));

  it('pairs the user’s side with the project’s, and leaves zeros out', () => {
    expect(provisions).toEqual([
      { holder: 'user:u', source: 'project:p', resource: 'cyclades.vm', quantity: 1n },
      { holder: 'project:p', source: null, resource: 'cyclades.vm', quantity: 1n },
    ]);
  });

  it('accepts with the commit of the rows', async () => {
    expect(
      await commissions.withCommission({ name: 'x', provisions }, (_, serial) => Promise.resolve(serial)),
    ).toBe(1);
    expect(await commissions.resolveNow()).toBe(1);
    expect(astakos.accepted).toEqual([1]);
  });

  it('issues nothing when nothing changes', async () => {
    expect(
      await commissions.withCommission({ name: 'x', provisions: [] }, (_, serial) => Promise.resolve(serial)),
    ).toBeNull();
    expect(astakos.pending.size).toBe(0);
  });

  it('tells Astakos what it has not heard of before it takes a refused decrease for final', async () => {
    await commissions.withCommission({ name: 'made', provisions }, () => Promise.resolve());
    const issue = astakos.issueCommission.bind(astakos);
    const refused = { holder: 'user:u', source: 'project:p', resource: 'cyclades.vm', quantity: -1n };
    astakos.issueCommission = () =>
      astakos.accepted.length > 0
        ? issue()
        : Promise.reject(new QuotaExceeded('nothing to give back', refused, 0n, 0n, 'quantity'));
    expect(await commissions.issue({ name: 'given back', provisions })).toBe(2);
  });

  it('rejects when the operation fails', async () => {
    await expect(
      commissions.withCommission({ name: 'x', provisions }, () => Promise.reject(new Error('no'))),
    ).rejects.toThrow('no');
    await commissions.resolveNow();
    expect(astakos.rejected).toEqual([1]);
  });

  it('keeps a commission pending until its object’s final job', async () => {
    await commissions.withPendingCommission({ name: 'server 1', provisions }, () => Promise.resolve());
    await commissions.reconcile({ olderThanMs: 0 });
    expect([...astakos.pending]).toEqual([1]);
    await dataSource.transaction((tx) => commissions.accept(tx, 1));
    await dataSource.transaction((tx) => commissions.accept(tx, 1));
    await commissions.resolveNow();
    expect(astakos.accepted).toEqual([1]);
    await expect(dataSource.transaction((tx) => commissions.reject(tx, 1))).rejects.toThrow(CommissionLost);
  });

  it('rejects what an operation left that died before its commit, and not before the time', async () => {
    await commissions.issue({ name: 'x', provisions });
    expect(await commissions.reconcile({ olderThanMs: 60_000 })).toEqual([]);
    expect(await commissions.reconcile({ olderThanMs: 0 })).toEqual([1]);
    expect(astakos.rejected).toEqual([1]);
  });

  it('rolls back an operation whose commission the reconciler gave up', async () => {
    const slow = commissions.withCommission({ name: 'x', provisions }, async () => {
      await commissions.reconcile({ olderThanMs: 0 });
    });
    await expect(slow).rejects.toThrow(CommissionLost);
    await commissions.resolveNow();
    expect(astakos.accepted).toEqual([]);
    expect(astakos.rejected).toEqual([1]);
  });

  it('tells a decision again when Astakos was away, and survives having told it already', async () => {
    await commissions.withCommission({ name: 'x', provisions }, () => Promise.resolve());
    astakos.fail = new Error('away');
    await expect(commissions.resolveNow()).rejects.toThrow('away');
    astakos.fail = undefined;
    await commissions.resolveNow();
    await dataSource.query('UPDATE commission SET told_at = NULL');
    await commissions.resolveNow();
    expect(astakos.accepted).toEqual([1]);
    expect(await commissions.resolveNow()).toBe(0);
  });

  it('names the resource in the fault', () => {
    const refused = new QuotaExceeded(
      'x',
      { holder: 'user:u', source: null, resource: 'cyclades.vm', quantity: 1n },
      2n,
      2n,
    );
    expect(quotaFault(refused, 403)).toMatchObject({
      name: 'overLimit',
      code: 403,
      message: expect.stringContaining('cyclades.vm') as string,
    });
    expect(quotaFault(new NoHolding('x', refused.provision))).toMatchObject({ name: 'forbidden' });
  });
});
