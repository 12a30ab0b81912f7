import { randomUUID } from 'node:crypto';
import { Fault } from '@synnefo/api';
import type { DataSource } from '@synnefo/database';
import { testDatabase, type TestDatabase } from '@synnefo/testing';
import fc from 'fast-check';
import { openDatabase } from '../start.js';
import type { ProvisionLine } from './apply-provisions.js';
import { CommissionService } from './commission.service.js';
import { type CommissionIssue, IssueCommission } from './issue-commission.js';
import { ResolveCommissions } from './resolve-commissions.js';

interface HoldingRow {
  holder: string;
  source: string | null;
  quota_limit: string;
  usage_min: string;
  usage_max: string;
}

const PROJECT = 'project:p';
const USERS = ['user:a', 'user:b', 'user:c'];
const USER_LIMIT = 6n;
const PROJECT_LIMIT = 10n;

const pair = (user: string, quantity: bigint): ProvisionLine[] => [
  { holder: user, source: PROJECT, resource: 'vm', quantity },
  { holder: PROJECT, source: null, resource: 'vm', quantity },
];

describe('commissions on PostgreSQL', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let issueCommission: IssueCommission;
  let resolve: ResolveCommissions;
  let service: CommissionService;

  const issue = (provisions: ProvisionLine[], more: Partial<CommissionIssue> = {}): Promise<number> =>
    issueCommission.run('cyclades', {
      name: 'test',
      provisions,
      isForced: false,
      isAutoAccepted: false,
      idempotencyKey: undefined,
      ...more,
    });
  const holdings = (): Promise<HoldingRow[]> =>
    dataSource.query('SELECT holder, source, quota_limit, usage_min, usage_max FROM holding ORDER BY id');
  const usage = async (holder: string): Promise<[string, string] | undefined> => {
    const row = (await holdings()).find((candidate) => candidate.holder === holder);
    return row && [row.usage_min, row.usage_max];
  };

  beforeAll(async () => {
    database = await testDatabase('astakos_commissions');
    dataSource = await openDatabase(database.url, 'test');
    issueCommission = new IssueCommission(dataSource);
    resolve = new ResolveCommissions(dataSource);
    service = new CommissionService(dataSource);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  beforeEach(async () => {
    await dataSource.query('TRUNCATE commission, provision, provision_log, commission_key, holding');
    for (const user of USERS) {
      await dataSource.query(
        'INSERT INTO holding (holder, source, resource, quota_limit) VALUES ($1, $2, $3, $4)',
        [user, PROJECT, 'vm', USER_LIMIT.toString()],
      );
    }
    await dataSource.query(`INSERT INTO holding (holder, resource, quota_limit) VALUES ($1, 'vm', $2)`, [
      PROJECT,
      PROJECT_LIMIT.toString(),
    ]);
  });

  it('counts a pending increase at once, and gives it back only by reject', async () => {
    const serial = await issue(pair('user:a', 4n));
    expect(await usage('user:a')).toEqual(['0', '4']);
    expect(await service.listSerials('cyclades')).toEqual([serial]);
    expect(await resolve.run('cyclades', [], [serial])).toMatchObject({ rejected: [serial] });
    expect(await usage('user:a')).toEqual(['0', '0']);
    expect(await usage(PROJECT)).toEqual(['0', '0']);
  });

  it('applies nothing of a commission when one line is refused', async () => {
    const error: unknown = await issue([...pair('user:a', 5n), ...pair('user:b', 6n)]).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(Fault);
    expect(error).toMatchObject({
      code: 413,
      data: { name: 'NoCapacityError', limit: 10n, usage: 0n, provision: { holder: PROJECT, quantity: 11n } },
    });
    expect((await holdings()).every((row) => row.usage_max === '0')).toBe(true);
    await expect(issue(pair('user:x', 1n))).rejects.toMatchObject({
      code: 404,
      data: { name: 'NoHoldingError' },
    });
  });

  it('writes one log row a provision, with the holding after it', async () => {
    const serial = await issue(pair('user:a', 3n));
    await resolve.run('cyclades', [serial], []);
    const log: unknown = await dataSource.query(
      `SELECT holder, usage_min, usage_max, delta_quantity, reason FROM provision_log WHERE serial = $1 ORDER BY id`,
      [serial],
    );
    expect(log).toEqual([
      { holder: 'user:a', usage_min: '3', usage_max: '3', delta_quantity: '3', reason: 'ACCEPT' },
      { holder: PROJECT, usage_min: '3', usage_max: '3', delta_quantity: '3', reason: 'ACCEPT' },
    ]);
  });

  it('never shows a component the commissions of another', async () => {
    const serial = await issue(pair('user:a', 1n));
    expect(await service.listSerials('pithos')).toEqual([]);
    expect(await service.find('pithos', serial)).toBeNull();
    expect(await resolve.run('pithos', [serial], [])).toMatchObject({ accepted: [], notFound: [serial] });
  });

  it('leaves a serial of both lists pending, and does the rest; the second time nothing is found', async () => {
    const [first, second] = [await issue(pair('user:a', 1n)), await issue(pair('user:b', 1n))];
    const both = await resolve.run('cyclades', [first, second, 999_999], [second, second]);
    expect(both).toEqual({ accepted: [first], rejected: [], conflicting: [second], notFound: [999_999] });
    expect(await service.listSerials('cyclades')).toEqual([second]);
    expect((await resolve.run('cyclades', [first], [])).notFound).toEqual([first]);
  });

  it('takes with auto_accept without ever being pending', async () => {
    const serial = await issue(pair('user:a', 2n), { isAutoAccepted: true });
    expect(await usage('user:a')).toEqual(['2', '2']);
    expect(await service.find('cyclades', serial)).toBeNull();
  });

  it('charges once for one idempotency key, also when the requests come together or after the end', async () => {
    const idempotencyKey = randomUUID();
    const send = () => issue(pair('user:a', 2n), { idempotencyKey });
    const serials = await Promise.all([send(), send(), send(), send()]);
    expect(new Set(serials).size).toBe(1);
    await resolve.run('cyclades', serials, []);
    expect(await send()).toBe(serials[0]);
    expect(await usage('user:a')).toEqual(['2', '2']);
    await expect(issue(pair('user:a', 3n), { idempotencyKey })).rejects.toMatchObject({ code: 409 });
  });

  it('does not remember a key whose commission was refused', async () => {
    const idempotencyKey = randomUUID();
    await expect(issue(pair('user:a', 7n), { idempotencyKey })).rejects.toMatchObject({ code: 413 });
    await expect(issue(pair('user:a', 1n), { idempotencyKey })).resolves.toBeGreaterThan(0);
  });

  it('keeps the books under random concurrent commissions', async () => {
    const step = fc.record({
      users: fc.array(fc.constantFrom(...USERS), { minLength: 1, maxLength: 3 }),
      quantity: fc.bigInt(-3n, 4n),
      end: fc.constantFrom('accept' as const, 'reject' as const, 'pending' as const, 'auto' as const),
    });
    const lane = async (steps: { users: string[]; quantity: bigint; end: string }[]): Promise<void> => {
      for (const { users, quantity, end } of steps) {
        const lines = users.flatMap((user) => pair(user, quantity));
        const serial = await issue(lines, { isAutoAccepted: end === 'auto' }).catch((error: unknown) => {
          if (error instanceof Fault && error.code === 413) return null;
          throw error;
        });
        if (serial === null) continue;
        if (end === 'accept') await resolve.run('cyclades', [serial], []);
        if (end === 'reject') await resolve.run('cyclades', [], [serial]);
      }
    };
    const lanes = fc.array(fc.array(step, { maxLength: 12 }), { minLength: 3, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(lanes, async (plans) => {
        await Promise.all(plans.map(lane));
        await assertBooks();
        const pending = await service.listSerials('cyclades');
        await resolve.run(
          'cyclades',
          pending.filter((_, i) => i % 2 === 0),
          pending.filter((_, i) => i % 2 === 1),
        );
        await assertBooks();
        expect((await holdings()).every((row) => row.usage_min === row.usage_max)).toBe(true);
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  async function assertBooks(): Promise<void> {
    const rows = await holdings();
    const sum = (key: 'usage_min' | 'usage_max'): bigint =>
      rows.filter(({ source }) => source !== null).reduce((total, row) => total + BigInt(row[key]), 0n);
    const project = rows.find(({ source }) => source === null);
    expect(project && [BigInt(project.usage_min), BigInt(project.usage_max)]).toEqual([
      sum('usage_min'),
      sum('usage_max'),
    ]);
    for (const row of rows) {
      expect(BigInt(row.usage_min) >= 0n && BigInt(row.usage_min) <= BigInt(row.usage_max)).toBe(true);
      expect(BigInt(row.usage_max) <= BigInt(row.quota_limit)).toBe(true);
    }
  }
});
