import { randomBytes } from 'node:crypto';

import { startStore, type Store, type TestUser } from './harness.js';

const MIB = 1024 * 1024;

/** The circle without servers: a file's map is cloned, written to, sealed, and is a file again. */
describe('a snapshot of a volume', () => {
  const disk = randomBytes(9 * MIB);
  const snapshotName = 'snftest-snap-1-1';
  let store: Store;
  let user: TestUser;
  let uuid: string;

  beforeAll(async () => {
    store = await startStore();
    user = await store.newUser();
    await store.swift(user, 'PUT', '/images');
    await store.swift(user, 'PUT', '/images/disk', { body: disk });
    const location = { user: user.uuid, account: user.uuid, container: 'images', object: 'disk' };
    const { body } = await store.internal('getByLocation', location);
    const { archipelago } = store;
    await archipelago.clone(String(body['mapName']), 'snftest-vol-1', { sizeBytes: 12 * MIB });
    const registration = {
      user: user.uuid,
      account: user.uuid,
      container: 'snapshots',
      object: 'snap',
      mapName: snapshotName,
      sizeBytes: 12 * MIB,
      domain: 'plankton',
      meta: {},
    };
    uuid = String((await store.internal('registerMap', registration)).body['uuid']);
    const volume = await archipelago.openVolume('snftest-vol-1', { mode: 'rw' });
    await volume.write(5 * MIB, Buffer.from('written by the guest'));
    await volume.flush();
    await volume.close();
    await archipelago.snapshot('snftest-vol-1', snapshotName);
    await store.internal('updateStatus', { user: user.uuid, uuid, available: 1 });
  });

  afterAll(() => store.close());

  it('is read as bytes at once: the image, what the guest wrote, zeros behind', async () => {
    const expected = Buffer.concat([disk, Buffer.alloc(3 * MIB)]);
    expected.write('written by the guest', 5 * MIB);
    const got = await store.swift(user, 'GET', '/snapshots/snap');
    expect(got.status).toBe(200);
    expect(got.headers.get('etag')).toBeNull();
    expect(got.bytes.equals(expected)).toBe(true);
    const range = `bytes=${5 * MIB}-${5 * MIB + 6}`;
    expect((await store.swift(user, 'GET', '/snapshots/snap', { headers: { range } })).text).toBe('written');
  });

  it('never tells the names of its private blocks', async () => {
    const map = await store.pithos(user, 'GET', '/snapshots/snap?hashmap');
    expect(map.status).toBe(409);
    expect(Number(map.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is copied without moving data, and outlives its source', async () => {
    expect(
      (await store.swift(user, 'COPY', '/snapshots/snap', { headers: { destination: '/images/copy' } }))
        .status,
    ).toBe(201);
    await store.internal('deleteByUuid', { user: user.uuid, uuid });
    const got = await store.swift(user, 'GET', '/images/copy', { headers: { range: 'bytes=0-9' } });
    expect(got.bytes).toEqual(disk.subarray(0, 10));
    const head = await store.pithos(user, 'HEAD', '/images/copy');
    expect(head.headers.get('x-object-hash')).toBe(snapshotName);
  });
});
