import { once } from 'node:events';
import { connect } from 'node:net';

import { ProjectService } from '../../../apps/astakos/src/project/project.service.js';
import { MapStore } from '../../../apps/pithos/src/map/map-store.js';
import { countUsage } from '../../../apps/pithos/src/reconcile/count-usage.js';
import { startStore, type Store, type TestUser } from './harness.js';

describe('diskspace quota', () => {
  let store: Store;
  let user: TestUser;

  /** What is charged equals what exists, and nothing is left pending, once the worker has told Astakos. */
  const settled = async (): Promise<{ charged: number; stored: number }> => {
    const charged = await store.usage(user);
    expect(await store.astakosClient.pendingCommissions()).toEqual([]);
    const head = await store.swift(user, 'HEAD', '');
    const stored = Number(head.headers.get('x-account-bytes-used'));
    return { charged: Number(charged), stored };
  };
  const maps = async () => {
    const names: string[] = [];
    for await (const info of store.archipelago.list('snftest-')) names.push(info.name);
    return names;
  };

  beforeAll(async () => {
    store = await startStore();
  });

  beforeEach(async () => {
    user = await store.newUser();
    await store.swift(user, 'PUT', '/c');
  });

  afterAll(() => store.close());

  it('charges what is written, and gives back what is deleted', async () => {
    await store.swift(user, 'PUT', '/c/o', { body: 'x'.repeat(100) });
    expect(await settled()).toEqual({ charged: 100, stored: 100 });
    await store.swift(user, 'PUT', '/c/o', { body: 'x'.repeat(40) });
    expect(await settled()).toEqual({ charged: 40, stored: 40 });
    await store.swift(user, 'COPY', '/c/o', { headers: { destination: '/c/p' } });
    expect(await settled()).toEqual({ charged: 80, stored: 80 });
    await store.swift(user, 'DELETE', '/c/o');
    await store.swift(user, 'DELETE', '/c/p');
    expect(await settled()).toEqual({ charged: 0, stored: 0 });
  });

  it('is what the rows add up to', async () => {
    await store.swift(user, 'PUT', '/c/o', { body: 'x'.repeat(100) });
    await store.swift(user, 'PUT', '/c/dir/o', { body: 'x'.repeat(11) });
    const counted = await countUsage(store.dataSource);
    const { uuid } = user;
    expect(counted.filter((one) => one.user === uuid)).toEqual([
      { user: uuid, project: uuid, resource: 'pithos.diskspace', amount: 111n },
    ]);
  });

  it('issues nothing where nothing changes', async () => {
    await store.swift(user, 'PUT', '/c/o', { body: 'abc' });
    const issue = jest.spyOn(store.astakosClient, 'issueCommission');
    await store.swift(user, 'PUT', '/c/o', { body: 'xyz' });
    await store.swift(user, 'POST', '/c/o', { headers: { 'x-object-meta-a': '1' } });
    await store.swift(user, 'COPY', '/c/o', { headers: { destination: 'c/o' } });
    await store.swift(user, 'PUT', '/c/empty', { body: '' });
    expect(issue).not.toHaveBeenCalled();
    issue.mockRestore();
  });

  it('refuses over the limit with 413, and keeps nothing', async () => {
    const before = await maps();
    const limits = new Map([['pithos.diskspace', 50n]]);
    await new ProjectService(store.astakos.dataSource).setSystemLimits(user.uuid, limits);
    const put = await store.swift(user, 'PUT', '/c/o', { body: 'x'.repeat(51) });
    expect(put.status).toBe(413);
    expect(await settled()).toEqual({ charged: 0, stored: 0 });
    expect((await store.swift(user, 'HEAD', '/c/o')).status).toBe(404);
    expect(await maps()).toEqual(before);
  });

  it('refuses a body that it has no room for before it is sent', async () => {
    /** The first line of the answer to an upload whose body waits for "100 Continue". */
    const knock = async (bytes: number): Promise<string> => {
      const socket = connect(Number(new URL(store.url).port), '127.0.0.1');
      const head = `PUT /v1/AUTH_${user.uuid}/c/o HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${user.token}`;
      socket.write(`${head}\r\nExpect: 100-continue\r\nContent-Length: ${bytes}\r\n\r\n`);
      const [first] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return first.toString().split('\r\n')[0] ?? '';
    };
    await store.swift(user, 'PUT', '/c/o', { body: 'x'.repeat(40) });
    await new ProjectService(store.astakos.dataSource).setSystemLimits(
      user.uuid,
      new Map([['pithos.diskspace', 50n]]),
    );
    expect(await knock(51)).toContain('413');
    expect(await knock(50)).toContain('100');
    await store.swift(user, 'POST', '/c', { headers: { 'x-container-policy-quota': '45' } });
    expect(await knock(46)).toContain('413');
    expect(await knock(45)).toContain('100');
  });

  it('holds a container to its own quota', async () => {
    await store.swift(user, 'POST', '/c', { headers: { 'x-container-policy-quota': '10' } });
    expect((await store.swift(user, 'PUT', '/c/o', { body: 'x'.repeat(11) })).status).toBe(413);
    expect(await settled()).toEqual({ charged: 0, stored: 0 });
    expect((await store.swift(user, 'PUT', '/c/o', { body: 'x'.repeat(10) })).status).toBe(201);
  });

  it('answers 503 when the quota service is away, and keeps nothing', async () => {
    store.line.cut();
    const put = await store.swift(user, 'PUT', '/c/o', { body: 'x' });
    store.line.mend();
    expect(put.status).toBe(503);
    expect(await settled()).toEqual({ charged: 0, stored: 0 });
  });

  it.each([
    ['the map is made', 'map'],
    ['the version is inserted', 'version'],
    ['the statistics are updated', 'statistic'],
    ['the commission is recorded', 'commission'],
  ])('leaves usage as it was when the step fails in which %s', async (_, step) => {
    await store.swift(user, 'PUT', '/c/o', { body: 'x'.repeat(10) });
    await store.app.nest.get(MapStore).sweep(0);
    const before = await maps();
    const mend = await breakStep(store, step);
    for (const attempt of [
      () => store.swift(user, 'PUT', '/c/o', { body: 'y'.repeat(200) }),
      () => store.swift(user, 'PUT', '/c/new', { body: 'y'.repeat(200) }),
    ]) {
      expect((await attempt()).status).toBe(500);
    }
    await mend();
    await store.app.nest.get(MapStore).sweep(0);
    expect(await settled()).toEqual({ charged: 10, stored: 10 });
    expect((await store.swift(user, 'GET', '/c/o')).text).toBe('x'.repeat(10));
    expect((await store.swift(user, 'HEAD', '/c/new')).status).toBe(404);
    expect(await maps()).toEqual(before);
  });

  it('charges right when many write one object at once', async () => {
    const sizes = [1, 20, 300, 4000, 5, 60];
    const replies = await Promise.all(
      sizes.map((size) => store.swift(user, 'PUT', '/c/o', { body: 'x'.repeat(size) })),
    );
    expect(replies.map(({ status, text }) => (status === 201 ? 201 : text))).toEqual(sizes.map(() => 201));
    const { charged, stored } = await settled();
    expect(charged).toBe(stored);
    expect(sizes).toContain(stored);
  });

  it('rejects a commission that a crash left without a row', async () => {
    await store.astakosClient.issueCommission({
      name: 'crashed',
      provisions: [
        {
          holder: `user:${user.uuid}`,
          source: `project:${user.uuid}`,
          resource: 'pithos.diskspace',
          quantity: 5n,
        },
      ],
    });
    await store.commissions.reconcile({ olderThanMs: 0 });
    expect(await settled()).toEqual({ charged: 0, stored: 0 });
  });
});

/** Makes one step of a write fail until the returned function is called. */
async function breakStep(store: Store, step: string): Promise<() => Promise<void>> {
  if (step === 'map') {
    const create = jest.spyOn(store.archipelago, 'createFromHashes').mockRejectedValue(new Error('broken'));
    return () => Promise.resolve(create.mockRestore());
  }
  const event = step === 'statistic' ? 'UPDATE' : 'INSERT';
  const body =
    step === 'commission'
      ? `IF NEW.decision = 'accept' THEN RAISE EXCEPTION 'broken'; END IF; RETURN NEW;`
      : `RAISE EXCEPTION 'broken';`;
  await store.dataSource.query(`
    CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
    CREATE TRIGGER broken BEFORE ${event} ON ${step} FOR EACH ROW EXECUTE FUNCTION broken()`);
  return async () => {
    await store.dataSource.query(`DROP TRIGGER broken ON ${step}; DROP FUNCTION broken()`);
  };
}
