import { randomBytes } from 'node:crypto';

import { poll } from '@synnefo/runtime';

import { MapStore } from '../../../apps/pithos/src/map/map-store.js';
import { INTERNAL_SECRET, startStore, type Store, type TestUser } from './harness.js';

interface ObjectRecord {
  uuid: string;
  path: string;
  mapName: string | null;
  sizeBytes: number;
  available: number;
  version: string;
  meta: Record<string, string>;
  permissions: { read: string[]; write: string[] };
}

describe('internal API', () => {
  let store: Store;
  let user: TestUser;
  let reader: TestUser;
  let stranger: TestUser;
  const call = async (name: string, body: object) => {
    const reply = await store.internal(name, body);
    return { status: reply.status, record: reply.body as unknown as ObjectRecord };
  };
  const image = async (object: string, body: string) => {
    await store.swift(user, 'PUT', `/images/${object}`, { body });
    const found = await call('getByLocation', {
      user: user.uuid,
      account: user.uuid,
      container: 'images',
      object,
    });
    return found.record;
  };

  beforeAll(async () => {
    store = await startStore();
    [user, reader, stranger] = [await store.newUser(), await store.newUser(), await store.newUser()];
    await store.swift(user, 'PUT', '/images');
  });

  afterAll(() => store.close());

  it('is closed without the secret', async () => {
    for (const authorization of ['', 'Bearer wrong', INTERNAL_SECRET]) {
      const reply = await fetch(`${store.url}/pithos/internal/v1/getByUuid`, {
        method: 'POST',
        headers: { authorization },
      });
      expect(reply.status).toBe(401);
    }
  });

  it('registers an image as attributes, without moving data, and keeps it over an overwrite', async () => {
    const { uuid, mapName } = await image('debian', 'disk');
    const meta = { 'plankton:name': 'Debian', 'plankton:status': 'AVAILABLE' };
    const updated = await call('updateMeta', { user: user.uuid, uuid, domain: 'plankton', meta });
    expect(updated.record).toMatchObject({ uuid, mapName, meta, sizeBytes: 4 });
    await store.swift(user, 'PUT', '/images/debian', { body: 'other disk' });
    const after = await call('getByUuid', { user: user.uuid, uuid });
    expect(after.record).toMatchObject({ uuid, meta, sizeBytes: 10 });
    const less = await call('updateMeta', {
      user: user.uuid,
      uuid,
      domain: 'plankton',
      meta: { 'plankton:status': null },
    });
    expect(less.record.meta).toEqual({ 'plankton:name': 'Debian' });
    const none = await call('updateMeta', {
      user: user.uuid,
      uuid,
      domain: 'plankton',
      meta: {},
      replace: true,
    });
    expect(none.record.meta).toEqual({});
  });

  it('shows an image to whom it was given, and to nobody else', async () => {
    const { uuid } = await image('shared', 'disk');
    await call('updateMeta', { user: user.uuid, uuid, domain: 'plankton', meta: { 'plankton:name': 'S' } });
    expect((await call('getByUuid', { user: reader.uuid, uuid })).status).toBe(404);
    await call('setPermissions', { user: user.uuid, uuid, read: [reader.uuid] });
    expect((await call('getByUuid', { user: reader.uuid, uuid })).record.permissions.read).toEqual([
      reader.uuid,
    ]);
    expect((await call('getByUuid', { user: stranger.uuid, uuid })).status).toBe(404);
    expect((await call('getByUuid', { user: stranger.uuid, uuid, checkPermission: false })).status).toBe(200);
    expect((await call('setPermissions', { user: reader.uuid, uuid, read: ['*'] })).status).toBe(403);
    const listed = async (who: string | null) => {
      const reply = await store.internal('listDomain', {
        user: who,
        domain: 'plankton',
        includeShared: true,
      });
      return (reply.body['objects'] as ObjectRecord[]).map((object) => object.path);
    };
    expect(await listed(reader.uuid)).toEqual(['shared']);
    expect(await listed(stranger.uuid)).toEqual([]);
    expect(await listed(null)).toEqual([]);
    const atOnce = Array.from({ length: 8 }, () =>
      call('setPermissions', { user: user.uuid, uuid, read: ['*'] }),
    );
    expect((await Promise.all(atOnce)).map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await listed(null)).toEqual(['shared']);
    const got = await store.swift(reader, 'GET', '/images/shared', { account: user.uuid });
    expect(got).toMatchObject({ status: 200, text: 'disk' });
    expect(
      (await store.swift(reader, 'PUT', '/images/shared', { account: user.uuid, body: 'x' })).status,
    ).toBe(403);
    expect((await store.swift(reader, 'GET', '/images', { account: user.uuid })).text).toBe('shared\n');
  });

  it.each(['at-once', 'taken'])(
    'registers a map once, though asked many times at once (%s)',
    async (object) => {
      await store.swift(user, 'PUT', '/snapshots');
      await store.swift(user, 'PUT', '/snapshots/taken', { body: 'another object' });
      const before = await store.usage(user);
      const registration = {
        user: user.uuid,
        account: user.uuid,
        container: 'snapshots',
        object,
        mapName: `snftest-snap-${object}-1`,
        sizeBytes: 1000,
        domain: 'plankton',
        meta: { 'plankton:name': object },
      };
      const replies = await Promise.all(Array.from({ length: 6 }, () => call('registerMap', registration)));
      expect(new Set(replies.map(({ record }) => record.uuid)).size).toBe(1);
      const list = await call('listDomain', { user: user.uuid, domain: 'plankton', includeShared: false });
      const { objects } = list.record as unknown as { objects: ObjectRecord[] };
      expect(objects.filter(({ mapName }) => mapName === registration.mapName)).toHaveLength(1);
      await store.commissions.resolveNow();
      expect(await store.usage(user)).toBe(before + 1000n);
    },
  );

  it('keeps the status of a snapshot that gets attributes at the same moment', async () => {
    const registration = {
      user: user.uuid,
      account: user.uuid,
      container: 'snapshots',
      object: 'busy',
      mapName: 'snftest-snap-8-1',
      sizeBytes: 14,
      domain: 'plankton',
      meta: { 'plankton:name': 'busy' },
    };
    const { uuid } = (await call('registerMap', registration)).record;
    const rename = (name: string) =>
      call('updateMeta', { user: user.uuid, uuid, domain: 'plankton', meta: { 'plankton:name': name } });
    const holder = store.dataSource.createQueryRunner();
    const waiters = (count: number) =>
      poll({ everyMs: 20, timeoutMs: 10_000, what: `${count} to wait for the container` }, async () => {
        const rows: unknown[] = await store.dataSource.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows.length >= count ? true : undefined;
      });
    await holder.startTransaction();
    const container = `${user.uuid}/snapshots`;
    await holder.query('SELECT id FROM node WHERE path = $1 FOR UPDATE', [container]);
    const renamed = rename('idle');
    await waiters(1); // it has read the object and not written it
    const updated = call('updateStatus', { user: user.uuid, uuid, available: 1 });
    await Promise.race([waiters(2), updated]);
    await holder.commitTransaction();
    await holder.release();
    await Promise.all([renamed, updated]);
    const meta = { 'plankton:name': 'idle' };
    expect((await call('getByUuid', { user: user.uuid, uuid })).record).toMatchObject({ available: 1, meta });
  });

  it('registers a snapshot that becomes readable, and removes its map with it', async () => {
    const { record: source } = { record: await image('base', 'snapshot bytes') };
    const map = {
      sizeBytes: 14,
      blockSizeBytes: 4 * 1024 * 1024,
      hashes: await hashesOf(store, source.mapName),
    };
    const mapName = 'snftest-snap-7-1';
    const registration = {
      user: user.uuid,
      account: user.uuid,
      container: 'snapshots',
      object: 'mine',
      mapName,
      sizeBytes: 14,
      domain: 'plankton',
      meta: { 'plankton:name': 'mine' },
    };
    const first = await call('registerMap', registration);
    expect(first.record).toMatchObject({ available: 0, isSnapshot: true, hash: null, mapName, path: 'mine' });
    expect((await call('registerMap', registration)).record.uuid).toBe(first.record.uuid);
    const { uuid } = first.record;
    await store.commissions.resolveNow();
    const get = () => store.swift(user, 'GET', '/snapshots/mine');
    expect((await get()).status).toBe(403);
    expect(
      (await store.swift(user, 'COPY', '/snapshots/mine', { headers: { destination: 'images/x' } })).status,
    ).toBe(403);
    await store.archipelago.createFromHashes(mapName, map);
    expect((await call('updateStatus', { user: user.uuid, uuid, available: 1 })).record.available).toBe(1);
    expect(await get()).toMatchObject({ status: 200, text: 'snapshot bytes' });
    expect((await get()).headers.get('etag')).toBeNull();
    expect((await store.swift(user, 'PUT', '/snapshots/mine', { body: 'x' })).status).toBe(403);
    await call('updateStatus', { user: user.uuid, uuid, available: -1 });
    expect((await get()).status).toBe(400);
    const before = await store.usage(user);
    expect((await call('deleteByUuid', { user: reader.uuid, uuid })).status).toBe(404);
    expect((await call('deleteByUuid', { user: user.uuid, uuid })).status).toBe(200);
    expect((await call('deleteByUuid', { user: user.uuid, uuid })).status).toBe(200);
    expect(before - (await store.usage(user))).toBe(14n);
    await store.app.nest.get(MapStore).sweep(0);
    await expect(store.archipelago.reader(mapName)).rejects.toThrow();
  });

  it('fills a queued image, which keeps its uuid', async () => {
    const empty = {
      user: user.uuid,
      account: user.uuid,
      container: 'images',
      object: 'queued',
      domain: 'plankton',
      meta: {},
    };
    const first = await call('createEmpty', empty);
    const second = await call('createEmpty', empty);
    expect(first.record).toMatchObject({ path: 'queued', sizeBytes: 0, mapName: null });
    expect(second.record.path).toBe(`queued-${second.record.uuid.slice(0, 8)}`);
    const data = randomBytes(5 * 1024 * 1024);
    const url = `${store.url}/pithos/internal/v1/objects/${first.record.uuid}?user=${user.uuid}`;
    const headers = { authorization: `Bearer ${INTERNAL_SECRET}` };
    const put = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(data) });
    expect(await put.json()).toMatchObject({ uuid: first.record.uuid, sizeBytes: data.length });
    const whole = await fetch(url, { headers });
    expect(Buffer.from(await whole.arrayBuffer()).equals(data)).toBe(true);
    const part = await fetch(url, { headers: { ...headers, range: 'bytes=1-3' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(data.subarray(1, 4));
    const kept = await store.internal('deleteByUuid', {
      user: user.uuid,
      uuid: first.record.uuid,
      onlyContainers: ['other'],
    });
    expect(kept.body).toEqual({ deleted: false });
  });

  it('refuses calls that are malformed', async () => {
    expect((await call('getByUuid', { user: 'nobody', uuid: 'x' })).status).toBe(400);
    expect((await call('getByUuid', { user: user.uuid, uuid: user.uuid })).status).toBe(404);
  });
});

async function hashesOf(store: Store, mapName: string | null): Promise<Buffer[]> {
  return (await store.archipelago.reader(mapName ?? '')).hashes();
}
