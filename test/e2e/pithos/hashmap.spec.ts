import { createHash } from 'node:crypto';

import { Checksums } from '../../../apps/pithos/src/hashmap/checksum.queue.js';
import { startStore, type Store, type TestUser } from './harness.js';

const BLOCK = 4 * 1024 * 1024;
const sha = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');

describe('upload by hashmap', () => {
  let store: Store;
  let user: TestUser;
  const put = (name: string, map: unknown) =>
    store.pithos(user, 'PUT', `/c/${name}?hashmap&format=json`, {
      headers: { 'content-type': 'text/plain' },
      body: typeof map === 'string' ? map : JSON.stringify(map),
    });
  const post = (block: Buffer) =>
    store.pithos(user, 'POST', '/c?update&format=json', {
      headers: { 'content-type': 'application/octet-stream' },
      body: block,
    });

  beforeAll(async () => {
    store = await startStore();
    user = await store.newUser();
    await store.pithos(user, 'PUT', '/c');
  });

  afterAll(() => store.close());

  it('asks for the missing blocks only, and needs none the second time', async () => {
    const blocks = [
      Buffer.alloc(BLOCK, 'x'),
      Buffer.alloc(BLOCK),
      Buffer.alloc(BLOCK, 'x'),
      Buffer.from('tail'),
    ];
    const hashes = [sha(Buffer.alloc(BLOCK, 'x')), sha(''), sha(Buffer.alloc(BLOCK, 'x')), sha('tail')];
    const map = { bytes: 3 * BLOCK + 4, hashes };
    const first = await put('f', map);
    expect(first.status).toBe(409);
    expect(JSON.parse(first.text)).toEqual([hashes[0], hashes[3]]);
    expect((await store.pithos(user, 'HEAD', '/c/f')).status).toBe(404);
    for (const index of [0, 3]) {
      const sent = await post(blocks[index] ?? Buffer.alloc(0));
      expect(sent.status).toBe(202);
      expect(JSON.parse(sent.text)).toEqual([hashes[index]]);
    }
    expect((await put('f', map)).status).toBe(201);
    expect((await store.swift(user, 'GET', '/c/f')).bytes.equals(Buffer.concat(blocks))).toBe(true);
    expect((await put('g', map)).status).toBe(201);
    expect(JSON.parse((await store.pithos(user, 'GET', '/c/g?hashmap')).text)).toMatchObject(map);
  });

  it('shows no ETag to Swift until the MD5 is computed', async () => {
    await post(Buffer.from('later'));
    await put('md5', { bytes: 5, hashes: [sha('later')] });
    const before = await store.swift(user, 'HEAD', '/c/md5');
    expect(before.headers.get('etag')).toBeNull();
    const checksums = store.app.nest.get(Checksums);
    for (const name of await checksums.missing(10)) await checksums.compute(name);
    const after = await store.swift(user, 'HEAD', '/c/md5');
    expect(after.headers.get('etag')).toBe(createHash('md5').update('later').digest('hex'));
  });

  it.each([
    ['no JSON', 'x'],
    ['no hashes', { bytes: 1 }],
    ['hashes that are no list', { bytes: 1, hashes: 'a' }],
    ['a negative size', { bytes: -1, hashes: [] }],
    ['too few hashes', { bytes: BLOCK + 1, hashes: [sha('a')] }],
    ['too many hashes', { bytes: 1, hashes: [sha('a'), sha('b')] }],
    ['a hash that is no hash', { bytes: 1, hashes: ['xyz'] }],
    ['another block size', { bytes: 1, hashes: [sha('a')], block_size: 131072 }],
  ])('refuses %s', async (_, map) => {
    expect((await put('bad', map)).status).toBe(400);
  });

  it('takes the empty object with or without its hash', async () => {
    expect((await put('e1', { bytes: 0, hashes: [] })).status).toBe(201);
    expect((await put('e2', { bytes: 0, hashes: [sha('')] })).status).toBe(201);
  });

  it('lets only one of two conditional writers win', async () => {
    await post(Buffer.from('race'));
    const body = JSON.stringify({ bytes: 4, hashes: [sha('race')] });
    const headers = { 'content-type': 'a/b', 'if-none-match': '*' };
    const writers = Array.from({ length: 6 }, () =>
      store.pithos(user, 'PUT', '/c/race?hashmap', { body, headers }),
    );
    const statuses = (await Promise.all(writers)).map((reply) => reply.status).sort();
    expect(statuses).toEqual([201, 412, 412, 412, 412, 412]);
  });

  it('keeps blocks to the owner of the container', async () => {
    const stranger = await store.newUser();
    const sent = await store.pithos(stranger, 'POST', '/c?update', {
      account: user.uuid,
      headers: { 'content-type': 'application/octet-stream' },
      body: 'x',
    });
    expect(sent.status).toBe(403);
  });
});
