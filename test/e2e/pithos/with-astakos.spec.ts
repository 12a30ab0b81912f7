import { randomUUID } from 'node:crypto';

import type { AstakosClient } from '@synnefo/astakos-client';
import { remoteVerifier } from '@synnefo/auth';
import { Commissions } from '@synnefo/commission';

import { serviceDocument } from '../../../apps/pithos/src/service-document.js';
import { RunningAstakos } from '../astakos/running-astakos.js';
import { startStore, type Store } from './harness.js';

describe('Pithos with the real Astakos', () => {
  const email = 'maria@synnefo.test';
  let astakos: RunningAstakos;
  let client: AstakosClient;
  let store: Store;
  let uuid: string;

  beforeAll(async () => {
    astakos = await RunningAstakos.start('pithos_astakos');
    client = astakos.client('pithos');
    await client.registerServices(
      serviceDocument({ baseUrl: 'http://127.0.0.1:1/pithos', swiftUrl: 'http://127.0.0.1:1/v1' }),
    );
    ({ uuid } = await astakos.addUser(email));
    store = await startStore({
      verifier: remoteVerifier(client),
      commissions: (dataSource, logger) =>
        new Commissions({ dataSource, astakos: client, producer: null, logger }),
    });
  });

  afterAll(async () => {
    await store.close();
    await client.close();
    await astakos.stop();
  });

  const usage = async () => {
    await store.commissions.resolveNow();
    const quotas = await client.serviceQuotas({ user: uuid });
    return quotas[uuid]?.[uuid]?.['pithos.diskspace'];
  };

  it('is in the catalogue with the account in its address', async () => {
    const token = await astakos.logIn(email);
    const { json } = await astakos.call('GET', '/identity/v3/auth/catalog', { token });
    expect(JSON.stringify(json)).toContain(`http://127.0.0.1:1/v1/AUTH_${uuid}`);
  });

  it('takes its tokens, and refuses others', async () => {
    const token = await astakos.logIn(email);
    expect((await store.swift({ uuid, token }, 'HEAD', '')).status).toBe(204);
    expect((await store.swift({ uuid, token: randomUUID() }, 'HEAD', '')).status).toBe(401);
  });

  it('charges there what it stores, and gives it back', async () => {
    const user = { uuid, token: await astakos.logIn(email) };
    await store.swift(user, 'PUT', '/c');
    expect((await store.swift(user, 'PUT', '/c/o', { body: 'x'.repeat(1000) })).status).toBe(201);
    expect(await usage()).toMatchObject({ usage: 1000n, pending: 0n, projectUsage: 1000n });
    await store.swift(user, 'DELETE', '/c/o');
    expect(await usage()).toMatchObject({ usage: 0n, pending: 0n, projectUsage: 0n });
    expect(await client.pendingCommissions()).toEqual([]);
  });

  it('refuses a container of a project that the user is no member of', async () => {
    const user = { uuid, token: await astakos.logIn(email) };
    await store.swift(user, 'PUT', '/foreign', { headers: { 'x-container-policy-project': randomUUID() } });
    const put = await store.swift(user, 'PUT', '/foreign/o', { body: 'x' });
    expect([403, 413]).toContain(put.status);
    expect((await store.swift(user, 'HEAD', '/foreign/o')).status).toBe(404);
  });
});
