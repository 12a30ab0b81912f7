import { createHash, randomBytes } from 'node:crypto';

import { MapStore } from '../../../apps/pithos/src/map/map-store.js';
import { startStore, type Store, type TestUser } from './harness.js';

const MIB = 1024 * 1024;
const md5 = (data: Buffer | string) => createHash('md5').update(data).digest('hex');

describe('objects', () => {
  let store: Store;
  let user: TestUser;

  beforeAll(async () => {
    store = await startStore();
    user = await store.newUser();
    await store.swift(user, 'PUT', '/c');
  });

  afterAll(() => store.close());

  it('gives back what was put, over block borders, with MD5 on one mount and the Merkle hash on the other', async () => {
    const data = randomBytes(9 * MIB + 17);
    const put = await store.swift(user, 'PUT', '/c/big', { body: data });
    expect(put.status).toBe(201);
    expect(put.headers.get('etag')).toBe(md5(data));
    const got = await store.swift(user, 'GET', '/c/big');
    expect(got.bytes.equals(data)).toBe(true);
    expect(got.headers.get('etag')).toBe(md5(data));
    const pithos = await store.pithos(user, 'HEAD', '/c/big');
    expect(pithos.headers.get('etag')).toBe(pithos.headers.get('x-object-hash'));
    expect(pithos.headers.get('content-length')).toBe(String(data.length));
  });

  it('knows the hash vectors of the guide', async () => {
    const pattern = Buffer.from(Array.from({ length: 9 * MIB }, (_, i) => i % 251));
    await store.pithos(user, 'PUT', '/c/p9', { body: pattern, headers: { 'content-type': 'a/b' } });
    const head = await store.pithos(user, 'HEAD', '/c/p9');
    expect(head.headers.get('etag')).toBe('14527cc49f5189c1a41c94cccce0ba4cb6699d048ee8397c97c169b6d57d8607');
    const map = await store.pithos(user, 'GET', '/c/p9?hashmap');
    expect(JSON.parse(map.text)).toEqual({
      block_hash: 'sha256',
      block_size: 4 * MIB,
      bytes: 9 * MIB,
      hashes: [
        'a117210941a0b00dcb2d8577e680d84b6fa0eaf760d2afc654c953b9859d54fa',
        '9889e2ef8bd7d8fea5ef99243b7784ecd8deaf613bdb7a6c0b3ac56f23078303',
        '1db2d9bf83e04c2ca03075eb16444ca55808907f1c969fc1af44ada23dd5a056',
      ],
    });
  });

  it('keeps empty objects and blocks of zeros', async () => {
    expect((await store.swift(user, 'PUT', '/c/empty', { body: '' })).headers.get('etag')).toBe(md5(''));
    expect(await store.swift(user, 'GET', '/c/empty')).toMatchObject({ status: 200, text: '' });
    const map = JSON.parse((await store.pithos(user, 'GET', '/c/empty?hashmap')).text) as {
      hashes: string[];
    };
    expect(map.hashes).toEqual([createHash('sha256').digest('hex')]);
    const zeros = Buffer.alloc(5 * MIB);
    await store.swift(user, 'PUT', '/c/zeros', { body: zeros });
    expect((await store.swift(user, 'GET', '/c/zeros')).bytes.equals(zeros)).toBe(true);
  });

  it('answers ranges by RFC 9110', async () => {
    await store.swift(user, 'PUT', '/c/r', { body: '0123456789' });
    const range = (value: string) => store.swift(user, 'GET', '/c/r', { headers: { range: value } });
    expect(await range('bytes=2-4')).toMatchObject({ status: 206, text: '234' });
    expect((await range('bytes=2-4')).headers.get('content-range')).toBe('bytes 2-4/10');
    expect(await range('bytes=-3')).toMatchObject({ status: 206, text: '789' });
    expect(await range('bytes=8-100')).toMatchObject({ status: 206, text: '89' });
    expect(await range('bytes=-100')).toMatchObject({ status: 206, text: '0123456789' });
    expect(await range('lines=1-2')).toMatchObject({ status: 200 });
    const beyond = await range('bytes=10-');
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get('content-range')).toBe('bytes */10');
    const multi = await range('bytes=0-1,5-6');
    expect(multi.status).toBe(206);
    const boundary = multi.headers.get('content-type')?.split('boundary=')[1] ?? '';
    expect(multi.text.split(`--${boundary}`)).toHaveLength(4);
    expect(multi.text).toContain('Content-Range: bytes 5-6/10\r\n\r\n56\r\n');
  });

  it('holds conditions against either hash', async () => {
    const ifNone = { 'if-none-match': '*' };
    expect((await store.swift(user, 'PUT', '/c/cond', { body: 'a', headers: ifNone })).status).toBe(201);
    expect((await store.swift(user, 'PUT', '/c/cond', { body: 'b', headers: ifNone })).status).toBe(412);
    const head = await store.swift(user, 'HEAD', '/c/cond');
    for (const etag of [md5('a'), head.headers.get('x-object-hash') ?? '']) {
      const same = await store.swift(user, 'GET', '/c/cond', { headers: { 'if-none-match': `"${etag}"` } });
      expect(same.status).toBe(304);
      expect((await store.swift(user, 'GET', '/c/cond', { headers: { 'if-match': etag } })).status).toBe(200);
    }
    expect((await store.swift(user, 'GET', '/c/cond', { headers: { 'if-match': md5('x') } })).status).toBe(
      412,
    );
  });

  it('refuses data that does not match its ETag, and keeps nothing', async () => {
    const put = await store.swift(user, 'PUT', '/c/etag', { body: 'a', headers: { etag: md5('b') } });
    expect(put.status).toBe(422);
    expect((await store.swift(user, 'HEAD', '/c/etag')).status).toBe(404);
  });

  it('keeps the uuid over an overwrite, and makes a new one after a delete', async () => {
    const uuid = async () => (await store.swift(user, 'HEAD', '/c/u')).headers.get('x-object-uuid');
    await store.swift(user, 'PUT', '/c/u', { body: 'a' });
    const first = await uuid();
    await store.swift(user, 'PUT', '/c/u', { body: 'b' });
    expect(await uuid()).toBe(first);
    expect((await store.swift(user, 'DELETE', '/c/u')).status).toBe(204);
    expect((await store.swift(user, 'DELETE', '/c/u')).status).toBe(404);
    await store.swift(user, 'PUT', '/c/u', { body: 'c' });
    expect(await uuid()).not.toBe(first);
  });

  it.each(['a/../b', '/lead', 'a//b', 'tail/', 'with space?&%', '.', 'é', 'e\u0301', 'x'.repeat(1000)])(
    'takes the name %s literally',
    async (name) => {
      const path = `/c/${name.split('/').map(encodeURIComponent).join('/')}`;
      expect((await store.swift(user, 'PUT', path, { body: name })).status).toBe(201);
      expect(await store.swift(user, 'GET', path)).toMatchObject({ status: 200, text: name });
      const listed = JSON.parse((await store.swift(user, 'GET', '/c?format=json')).text) as {
        name: string;
      }[];
      expect(listed.map((item) => item.name)).toContain(name);
      expect((await store.swift(user, 'DELETE', path)).status).toBe(204);
    },
  );

  it('replaces metadata on POST and returns values byte for byte', async () => {
    await store.swift(user, 'PUT', '/c/m', {
      body: 'a',
      headers: { 'x-object-meta-mtime': '1795241832.749221515' },
    });
    expect((await store.swift(user, 'HEAD', '/c/m')).headers.get('x-object-meta-mtime')).toBe(
      '1795241832.749221515',
    );
    const post = await store.swift(user, 'POST', '/c/m', { headers: { 'x-object-meta-color': 'red' } });
    expect(post.status).toBe(202);
    const head = await store.swift(user, 'HEAD', '/c/m');
    expect(head.headers.get('x-object-meta-color')).toBe('red');
    expect(head.headers.get('x-object-meta-mtime')).toBeNull();
    expect(head.headers.get('etag')).toBe(md5('a'));
  });

  it('copies without moving data', async () => {
    await store.swift(user, 'PUT', '/c/src', { body: 'copy me', headers: { 'x-object-meta-a': '1' } });
    const before = await blocks(store);
    const copy = await store.swift(user, 'COPY', '/c/src', {
      headers: { destination: 'c/dst', 'x-object-meta-b': '2' },
    });
    expect(copy.status).toBe(201);
    expect(copy.headers.get('etag')).toBe(md5('copy me'));
    expect(copy.headers.get('x-copied-from')).toBe('c/src');
    const put = await store.swift(user, 'PUT', '/c/dst2', { body: '', headers: { 'x-copy-from': '/c/src' } });
    expect(put.status).toBe(201);
    expect(await blocks(store)).toEqual(before);
    await store.swift(user, 'DELETE', '/c/src');
    const got = await store.swift(user, 'GET', '/c/dst');
    expect(got.text).toBe('copy me');
    expect(got.headers.get('x-object-meta-a')).toBe('1');
    expect(got.headers.get('x-object-meta-b')).toBe('2');
    expect((await store.swift(user, 'COPY', '/c/dst', { headers: { destination: 'nowhere' } })).status).toBe(
      412,
    );
  });

  it('serves a dynamic large object as one', async () => {
    for (const [name, body] of Object.entries({ '1': 'abc', '2': 'defg', '3': 'h' })) {
      await store.swift(user, 'PUT', `/c/seg/${name}`, { body });
    }
    await store.swift(user, 'PUT', '/c/dlo', { body: '', headers: { 'x-object-manifest': 'c/seg%2F' } });
    const head = await store.swift(user, 'HEAD', '/c/dlo');
    expect(head.headers.get('content-length')).toBe('8');
    expect(head.headers.get('etag')).toBe(`"${md5(md5('abc') + md5('defg') + md5('h'))}"`);
    expect((await store.swift(user, 'GET', '/c/dlo')).text).toBe('abcdefgh');
    expect((await store.swift(user, 'GET', '/c/dlo', { headers: { range: 'bytes=2-5' } })).text).toBe('cdef');
  });

  it('removes the map of an object that nothing refers to any more', async () => {
    const maps = async () => {
      const names: string[] = [];
      for await (const info of store.archipelago.list('snftest-')) names.push(info.name);
      return names;
    };
    const sweep = () => store.app.nest.get(MapStore).sweep(0);
    await sweep();
    const before = await maps();
    await store.swift(user, 'PUT', '/c/gone', { body: 'a' });
    await store.swift(user, 'PUT', '/c/gone', { body: 'b' });
    await sweep();
    expect((await maps()).length).toBe(before.length + 1);
    await store.swift(user, 'DELETE', '/c/gone');
    await sweep();
    expect(await maps()).toEqual(before);
  });

  it('ends a download well whose object is overwritten meanwhile', async () => {
    const data = randomBytes(40 * MIB);
    await store.swift(user, 'PUT', '/c/slow', { body: data });
    const url = `${store.url}/v1/AUTH_${user.uuid}/c/slow`;
    const reply = await fetch(url, { headers: { 'x-auth-token': user.token } });
    await store.swift(user, 'PUT', '/c/slow', { body: 'new' });
    await store.swift(user, 'DELETE', '/c/slow');
    expect(Buffer.from(await reply.arrayBuffer()).equals(data)).toBe(true);
  });

  it('hides and frees objects past X-Delete-At', async () => {
    const past = await store.swift(user, 'PUT', '/c/exp', { body: 'a', headers: { 'x-delete-at': '1' } });
    expect(past.status).toBe(400);
    const at = String(Math.floor(Date.now() / 1000) + 1000);
    await store.swift(user, 'PUT', '/c/exp', { body: 'a', headers: { 'x-delete-at': at } });
    expect((await store.swift(user, 'HEAD', '/c/exp')).headers.get('x-delete-at')).toBe(at);
    await store.dataSource.query(
      `UPDATE version SET delete_at = now() - interval '1 second' WHERE delete_at IS NOT NULL`,
    );
    expect((await store.swift(user, 'GET', '/c/exp')).status).toBe(404);
  });
});

async function blocks(store: Store): Promise<string[]> {
  const { readdir } = await import('node:fs/promises');
  return (await readdir(`${store.storeDir}/blocks`, { recursive: true })).sort();
}
