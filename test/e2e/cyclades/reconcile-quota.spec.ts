import { provisionsFor } from '@synnefo/commission';
import { poll } from '@synnefo/runtime';
import type { ProjectUuid, UserUuid } from '@synnefo/units';
import { AddressPoolService } from '../../../apps/cyclades/src/address-pool/address-pool.service.js';
import { CycladesCloud, type TestUser } from './harness.js';
import { report } from './reconcile-commands.js';

describe('snf-manage reconcile-commissions-cyclades and reconcile-resources-cyclades', () => {
  let cloud: CycladesCloud;
  let user: TestUser;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
  });

  beforeEach(async () => {
    user = await cloud.newUser();
  });

  afterAll(() => cloud?.close());

  /** As a request that died leaves it. */
  const issue = (): Promise<number> => {
    const provisions = provisionsFor(user.uuid as UserUuid, user.uuid as ProjectUuid, { 'cyclades.vm': 1n });
    return cloud.core.astakos.issueCommission({ name: 'create server lost', provisions });
  };

  const reviewed = (...options: string[]) => report(cloud, 'reconcile-commissions-cyclades', ...options);

  it('rejects what a dead request left, and not what may be alive', async () => {
    const serial = await issue();
    expect(await reviewed('--fix')).toEqual([
      expect.objectContaining({ serial, here: 'unknown', repair: 'wait', repaired: false }),
    ]);
    expect(await reviewed('--older-than', '0')).toEqual([
      expect.objectContaining({ service: 'cyclades', serial, name: 'create server lost', repair: 'reject' }),
    ]);
    await cloud.expectUsage(user, { 'cyclades.vm': 1n }); // a dry run changes nothing
    await reviewed('--older-than', '0', '--fix');
    expect(await reviewed('--older-than', '0')).toEqual([]);
    await cloud.expectUsage(user, {});
  });

  it('tells what was decided, and decides by the effect what was kept with one', async () => {
    const { dataSource } = cloud.core;
    const decided = await issue();
    const kept = await issue();
    const orphaned = await issue();
    await dataSource.query(
      `INSERT INTO commission (serial, decision, object, told_at) VALUES ($1, 'accept', '', now()), ($2, 'pending', '', NULL), ($3, 'pending', '', NULL)`,
      [decided, kept, orphaned],
    );
    await dataSource.query(
      `INSERT INTO effect (id, object_type, object_id, action, commission_serial, state, finished_at) VALUES (gen_random_uuid(), 'server', '999', 'STOP', $1, 'DONE', now())`,
      [kept],
    );
    expect((await reviewed()).map(({ serial, repair }) => [serial, repair])).toEqual([
      [decided, 'accept'],
      [kept, 'accept'],
      [orphaned, 'reject'],
    ]);
    await reviewed('--fix');
    expect(await cloud.pendingCommissions()).toEqual([]);
    await cloud.expectUsage(user, { 'cyclades.vm': 2n });
  });

  it('waits for the job of an open effect', async () => {
    const { dataSource } = cloud.core;
    const serial = await issue();
    await dataSource.query(`INSERT INTO commission (serial, decision, object) VALUES ($1, 'pending', '')`, [
      serial,
    ]);
    await dataSource.query(
      `INSERT INTO effect (id, object_type, object_id, action, commission_serial) VALUES (gen_random_uuid(), 'server', '998', 'STOP', $1)`,
      [serial],
    );
    expect(await reviewed('--fix', '--older-than', '0')).toEqual([
      expect.objectContaining({ serial, here: 'pending', repair: 'wait', repaired: false }),
    ]);
    expect(await cloud.pendingCommissions()).toEqual([serial]);
  });

  it('corrects a usage that is not what the rows add up to', async () => {
    const { uuid } = user;
    const resources = (...options: string[]) =>
      report(cloud, 'reconcile-resources-cyclades', '--project', uuid, ...options);
    const network = { name: 'n', admin_state_up: true };
    await cloud.core.dataSource.transaction((tx) =>
      new AddressPoolService().create(tx, { kind: 'mac-prefix', base: 'aa:00:0', size: 10 }, true),
    );
    expect((await cloud.call(user, 'POST', 'networking/v2.0/networks', { network })).status).toBe(201);
    const worker = await cloud.startWorker();
    await cloud.expectUsage(user, { 'cyclades.network.private': 1n });
    await poll({ everyMs: 100, timeoutMs: 10_000, what: 'the commission to be told' }, async () =>
      (await resources()).length === 0 ? true : undefined,
    );
    await worker.close();
    const provisions = provisionsFor(uuid as UserUuid, uuid as ProjectUuid, { 'cyclades.vm': 2n });
    await cloud.core.astakos.issueCommission({ name: 'by hand', provisions, autoAccept: true });
    await cloud.core.dataSource.query(
      `INSERT INTO network (user_uuid, project, flavor, mode, link, mac_prefix) VALUES ($1, $1, 'MAC_FILTERED', 'bridged', 'prv0', 'aa:00:9')`,
      [uuid],
    );
    const expected = [
      { holder: `user:${uuid}`, resource: 'cyclades.vm', here: 0, astakos: 2 },
      { holder: `project:${uuid}`, resource: 'cyclades.vm', here: 0, astakos: 2 },
      { holder: `user:${uuid}`, resource: 'cyclades.network.private', here: 2, astakos: 1 },
      { holder: `project:${uuid}`, resource: 'cyclades.network.private', here: 2, astakos: 1 },
    ].map((row) => expect.objectContaining(row) as unknown);
    expect(await resources()).toEqual(expect.arrayContaining(expected));
    expect(await resources()).toHaveLength(4);
    await resources('--fix');
    expect(await resources()).toEqual([]);
    await cloud.expectUsage(user, { 'cyclades.network.private': 2n });
  });
});
