import { type AstakosClient, QuotaExceeded } from '@synnefo/astakos-client';
import {
  COMMISSION_TABLE_SQL,
  CommissionEntity,
  CommissionLost,
  Commissions,
  provisionsFor,
} from '@synnefo/commission';
import { createDataSource, type DataSource } from '@synnefo/database';
import { testDatabase, type TestDatabase } from '@synnefo/testing';
import type { ProjectUuid, UserUuid } from '@synnefo/units';
import { RunningAstakos } from './running-astakos.js';
import { serviceDocument } from './service-document.js';

const quiet = { info: () => undefined, warn: () => undefined };

/** The side of a service: its rows and decisions in its own database, the usage in Astakos. */
describe('commissions that a service decides in its own database', () => {
  let astakos: RunningAstakos;
  let client: AstakosClient;
  let database: TestDatabase;
  let dataSource: DataSource;
  let commissions: Commissions;
  let uuid: string;

  beforeAll(async () => {
    astakos = await RunningAstakos.start('astakos_decisions');
    client = astakos.client('cyclades');
    await client.registerServices(serviceDocument());
    await astakos.dataSource.query(`UPDATE resource SET system_default = 5 WHERE name = 'cyclades.vm'`);
    database = await testDatabase('decisions');
    dataSource = await createDataSource({
      url: database.url,
      entities: [CommissionEntity],
      migrations: [],
      applicationName: 'test',
    }).initialize();
    await dataSource.query(COMMISSION_TABLE_SQL);
    await dataSource.query('CREATE TABLE server (name text)');
  });

  beforeEach(async () => {
    ({ uuid } = await astakos.addUser(`user${Math.random()}@uni.example`));
    await dataSource.query('DELETE FROM server');
    commissions = newProcess();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
    await client.close();
    await astakos.stop();
  });

  /** What starts after a crash: it knows what the databases know. */
  const newProcess = () => new Commissions({ dataSource, astakos: client, producer: null, logger: quiet });
  const vms = (quantity: bigint) => ({
    name: 'server',
    provisions: provisionsFor(uuid as UserUuid, uuid as ProjectUuid, { 'cyclades.vm': quantity }),
  });
  const quota = async () => {
    const quotas = await client.serviceQuotas({ user: uuid });
    const { usage, pending, projectUsage } = quotas[uuid]?.[uuid]?.['cyclades.vm'] ?? {};
    return { usage, pending, projectUsage };
  };
  const servers = async () => (await dataSource.query<unknown[]>('SELECT * FROM server')).length;
  const charged = (amount: bigint) => ({ usage: amount, pending: 0n, projectUsage: amount });

  it('are accepted with the rows, and given back with them', async () => {
    await commissions.withCommission(vms(2n), (tx) => tx.query(`INSERT INTO server VALUES ('a'), ('b')`));
    expect(await quota()).toEqual({ usage: 2n, pending: 2n, projectUsage: 2n });
    await commissions.resolveNow();
    expect(await quota()).toEqual(charged(2n));
    await commissions.withCommission(vms(-2n), (tx) => tx.query('DELETE FROM server'));
    await commissions.resolveNow();
    expect(await quota()).toEqual(charged(0n));
    expect(await client.pendingCommissions()).toEqual([]);
  });

  it('give back what Astakos was not yet told to be taken', async () => {
    await commissions.withCommission(vms(2n), () => Promise.resolve());
    await commissions.withCommission(vms(-2n), () => Promise.resolve());
    await commissions.resolveNow();
    expect(await quota()).toEqual(charged(0n));
  });

  it('are refused over the limit before a row is written', async () => {
    const write = jest.fn(() => Promise.resolve());
    await expect(commissions.withCommission(vms(6n), write)).rejects.toThrow(QuotaExceeded);
    expect(write).not.toHaveBeenCalled();
    expect(await quota()).toEqual(charged(0n));
  });

  it('are rejected when the rows are rolled back', async () => {
    const failing = commissions.withCommission(vms(2n), async (tx) => {
      await tx.query(`INSERT INTO server VALUES ('a')`);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await commissions.resolveNow();
    expect(await quota()).toEqual(charged(0n));
    expect(await servers()).toBe(0);
  });

  it.each(['accept', 'reject'] as const)('stay pending with their object until %s', async (decision) => {
    const serial = await commissions.withPendingCommission(vms(1n), (_, issued) => Promise.resolve(issued));
    const later = newProcess();
    expect(await later.reconcile({ olderThanMs: 0 })).toEqual([]);
    expect(await quota()).toEqual({ usage: 1n, pending: 1n, projectUsage: 1n });
    await dataSource.transaction((tx) => later[decision](tx, serial ?? 0));
    await later.resolveNow();
    expect(await quota()).toEqual(charged(decision === 'accept' ? 1n : 0n));
  });

  it('are rejected after a crash between the issue and the commit', async () => {
    const serial = await commissions.issue(vms(2n));
    const restarted = newProcess();
    expect(await restarted.reconcile({ olderThanMs: 60_000 })).toEqual([]); // it may be at work yet
    expect(await restarted.reconcile({ olderThanMs: 0 })).toEqual([serial]);
    expect(await quota()).toEqual(charged(0n));
    expect(await client.pendingCommissions()).toEqual([]);
  });

  it('are told after a crash between the commit and the telling, once or twice', async () => {
    await commissions.withCommission(vms(2n), () => Promise.resolve());
    await newProcess().reconcile({ olderThanMs: 0 });
    expect(await quota()).toEqual(charged(2n));
    await dataSource.query('UPDATE commission SET told_at = NULL'); // it died before it could note that
    await newProcess().reconcile({ olderThanMs: 0 });
    expect(await quota()).toEqual(charged(2n));
  });

  it('roll an operation back that the reconciler took for dead', async () => {
    const slow = commissions.withCommission(vms(2n), async (tx) => {
      await tx.query(`INSERT INTO server VALUES ('a')`);
      await newProcess().reconcile({ olderThanMs: 0 });
    });
    await expect(slow).rejects.toThrow(CommissionLost);
    await commissions.resolveNow();
    expect(await quota()).toEqual(charged(0n));
    expect(await servers()).toBe(0);
  });
});
