import type { DataSource } from '@synnefo/database';
import { testDatabase, type TestDatabase } from '@synnefo/testing';
import { CommissionService } from '../commission/commission.service.js';
import { openDatabase } from '../start.js';
import { RevocationNotice } from '../token/revocation-notice.js';
import { TokenService } from '../token/token.service.js';
import { UserService } from '../user/user.service.js';
import { EndExpired } from './end-expired.js';

describe('EndExpired', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await testDatabase('astakos_lifecycle');
    dataSource = await openDatabase(database.url, 'test');
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('deletes what has expired and nothing else, run after run', async () => {
    const tokens = new TokenService(dataSource, new RevocationNotice(null, { warn: () => undefined }));
    const endExpired = new EndExpired(tokens, new CommissionService(dataSource));
    const user = await new UserService(dataSource).add({
      email: 'maria@uni.example',
      firstName: 'Maria',
      lastName: 'Pappa',
      password: null,
      isAdmin: false,
    });
    const issue = { userId: user.id, scope: 'default', projectUuid: null, methods: ['password'] } as const;
    const old = await tokens.issue({ ...issue, lifetimeMs: 60_000 });
    const live = await tokens.issue({ ...issue, lifetimeMs: 60_000 });
    await dataSource.query(
      `UPDATE token SET expires_at = now() - interval '2 days' WHERE hash = decode($1, 'hex')`,
      [old.record.hash],
    );
    await dataSource.query(
      `INSERT INTO commission_key (client_key, idempotency_key, request_hash, serial, created_at)
       VALUES ('c', 'old', '', 1, now() - interval '2 days'), ('c', 'new', '', 2, now())`,
    );
    expect(await endExpired.run()).toEqual({ tokens: 1, keys: 1 });
    expect(await endExpired.run()).toEqual({ tokens: 0, keys: 0 });
    expect(await tokens.findValid(live.token)).not.toBeNull();
    expect(await tokens.find(old.token)).toBeNull();
  });
});
