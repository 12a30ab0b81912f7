import { randomUUID } from 'node:crypto';

import { startStore, type Store, type TestUser } from './harness.js';

describe('Pithos and Astakos', () => {
  let store: Store;
  let user: TestUser;

  beforeAll(async () => {
    store = await startStore();
    user = await store.newUser();
  });

  afterAll(() => store.close());

  const usage = async () => {
    await store.commissions.resolveNow();
    const quotas = await store.astakosClient.serviceQuotas({ user: user.uuid });
    return quotas[user.uuid]?.[user.uuid]?.['pithos.diskspace'];
  };

  it('is in the catalogue with the account in its address', async () => {
    const { json } = await store.astakos.call('GET', '/identity/v3/auth/catalog', { token: user.token });
    expect(JSON.stringify(json)).toContain(`http://127.0.0.1:1/v1/AUTH_${user.uuid}`);
  });

  it('takes its tokens, and refuses others', async () => {
    expect((await store.swift(user, 'HEAD', '')).status).toBe(204);
    expect((await store.swift({ ...user, token: randomUUID() }, 'HEAD', '')).status).toBe(401);
  });

  it('charges there what it stores, and gives it back', async () => {
    await store.swift(user, 'PUT', '/c');
    expect((await store.swift(user, 'PUT', '/c/o', { body: 'x'.repeat(1000) })).status).toBe(201);
    expect(await usage()).toMatchObject({ usage: 1000n, pending: 0n, projectUsage: 1000n });
    await store.swift(user, 'DELETE', '/c/o');
    expect(await usage()).toMatchObject({ usage: 0n, pending: 0n, projectUsage: 0n });
    expect(await store.astakosClient.pendingCommissions()).toEqual([]);
  });

  it('stores nothing in a container of a project that the user is no member of any more', async () => {
    await store.swift(user, 'PUT', '/foreign');
    await store.dataSource.query(
      `INSERT INTO policy (node, key, value) SELECT id, 'project', $2 FROM node WHERE path = $1`,
      [`${user.uuid}/foreign`, randomUUID()],
    );
    const put = await store.swift(user, 'PUT', '/foreign/o', { body: 'x' });
    expect([403, 413]).toContain(put.status);
    expect((await store.swift(user, 'HEAD', '/foreign/o')).status).toBe(404);
  });
});
