import { createHash, randomBytes } from 'node:crypto';
import { CycladesCloud, type TestUser } from './harness.js';

interface ImageView {
  id: string;
  status: string;
  [key: string]: unknown;
}

describe('images', () => {
  let cloud: CycladesCloud;
  let alice: TestUser;
  let bob: TestUser;
  let carol: TestUser;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
    [alice, bob, carol] = [await cloud.newUser(), await cloud.newUser(), await cloud.newUser()];
  });

  afterAll(() => cloud.close());

  const raw = (
    user: TestUser,
    method: string,
    below: string,
    init: { headers?: Record<string, string>; body?: Buffer } = {},
  ) =>
    fetch(`${cloud.url}/${below}`, {
      method,
      headers: { 'x-auth-token': user.token, ...init.headers },
      ...(init.body === undefined ? {} : { body: new Uint8Array(init.body) }),
    });
  const upload = async (user: TestUser, name: string, body: Buffer) => {
    const url = `${cloud.pithos.swiftUrl}/AUTH_${user.uuid}`;
    const headers = { 'x-auth-token': user.token };
    expect((await fetch(`${url}/files`, { method: 'PUT', headers })).status).toBeLessThan(300);
    expect(
      (await fetch(`${url}/files/${name}`, { method: 'PUT', headers, body: new Uint8Array(body) })).status,
    ).toBe(201);
    return `pithos://${user.uuid}/files/${name}`;
  };
  const show = async (user: TestUser, id: string) =>
    (await cloud.call(user, 'GET', `image/v2/images/${id}`)).body as unknown as ImageView;
  const create = async (user: TestUser, body: object) =>
    (await cloud.call(user, 'POST', 'image/v2/images', body)) as unknown as {
      status: number;
      body: ImageView;
    };

  describe('of the header-style face', () => {
    it('are registered objects that a member sees and nobody else', async () => {
      const location = await upload(alice, 'disk.raw', randomBytes(5_000));
      const headers = {
        'x-image-meta-name': encodeURIComponent('Δίσκος'),
        'x-image-meta-location': location,
        'x-image-meta-property-osfamily': 'linux',
        'x-image-meta-property-root.partition': '1',
      };
      const registered = await raw(alice, 'POST', 'image/v1.0/images/', { headers });
      expect(registered.status).toBe(200);
      const id = registered.headers.get('x-image-meta-id') ?? '';

      const head = await raw(alice, 'HEAD', `image/v1/images/${id}`);
      expect(decodeURIComponent(head.headers.get('x-image-meta-name') ?? '')).toBe('Δίσκος');
      expect(head.headers.get('x-image-meta-property-root-partition')).toBe('1');
      expect(head.headers.get('x-image-meta-status')).toBe('AVAILABLE');
      expect((await raw(alice, 'GET', `image/v1.0/images/${id}`)).status).toBe(501);

      const sees = async (user: TestUser) =>
        (
          (await cloud.call(user, 'GET', 'image/v1.0/images/detail')).body as unknown as {
            images: { id: string }[];
          }
        ).images.some((image) => image.id === id);
      expect([await sees(alice), await sees(bob), await sees(carol)]).toEqual([true, false, false]);
      expect((await raw(alice, 'PUT', `image/v1.0/images/${id}/members/${bob.uuid}`)).status).toBe(204);
      expect([await sees(bob), await sees(carol)]).toEqual([true, false]);
      expect((await raw(carol, 'HEAD', `image/v1.0/images/${id}`)).status).toBe(404);
      expect((await cloud.call(alice, 'GET', `image/v1.0/images/${id}/members`)).body).toEqual({
        members: [{ member_id: bob.uuid, can_share: false }],
      });
      expect((await raw(bob, 'DELETE', `image/v1.0/images/${id}`)).status).toBe(403);

      const renamed = await raw(alice, 'PUT', `image/v1.0/images/${id}`, {
        headers: { 'x-image-meta-name': 'disk', 'x-image-meta-property-osfamily': '' },
      });
      expect(renamed.headers.get('x-image-meta-property-osfamily')).toBeNull();
      expect((await raw(alice, 'DELETE', `image/v1.0/images/${id}`)).status).toBe(204);
      expect((await raw(alice, 'HEAD', `image/v1.0/images/${id}`)).status).toBe(404);
      const object = await fetch(`${cloud.pithos.swiftUrl}/AUTH_${alice.uuid}/files/disk.raw`, {
        method: 'HEAD',
        headers: { 'x-auth-token': alice.token },
      });
      expect(object.status).toBe(200); // unregistered, not deleted
    });

    it.each([
      ['no name', { 'x-image-meta-location': 'pithos://a/b/c' }, 400],
      ['no location', { 'x-image-meta-name': 'x' }, 400],
      [
        'an id',
        { 'x-image-meta-name': 'x', 'x-image-meta-location': 'pithos://a/b/c', 'x-image-meta-id': '1' },
        400,
      ],
      [
        'an unknown format',
        {
          'x-image-meta-name': 'x',
          'x-image-meta-location': 'pithos://a/b/c',
          'x-image-meta-disk-format': 'vhd',
        },
        400,
      ],
      [
        'an object that is not there',
        { 'x-image-meta-name': 'x', 'x-image-meta-location': 'pithos://a/b/c' },
        404,
      ],
    ])('are not registered with %s', async (_, headers: Record<string, string>, status) => {
      expect((await raw(alice, 'POST', 'image/v1.0/images/', { headers })).status).toBe(status);
    });
  });

  describe('of image v2', () => {
    it('are created, uploaded, changed, saved and deleted, as the openstack client does it', async () => {
      const data = randomBytes(9_000_000);
      const properties = {
        'owner_specified.openstack.md5': '',
        'owner_specified.openstack.object': 'images/accimg',
      };
      const created = await create(alice, {
        name: 'accimg',
        disk_format: 'raw',
        container_format: 'bare',
        min_disk: 1,
        ...properties,
      });
      expect(created.status).toBe(201);
      expect(created.body).toMatchObject({
        status: 'queued',
        size: null,
        visibility: 'private',
        disk_format: 'raw',
        ...properties,
      });
      const { id } = created.body;
      const octets = { 'content-type': 'application/octet-stream' };
      expect(
        (await raw(alice, 'PUT', `image/v2/images/${id}/file`, { headers: octets, body: data })).status,
      ).toBe(204);
      const active = await show(alice, id);
      expect(active).toMatchObject({
        id,
        status: 'active',
        size: data.length,
        checksum: createHash('md5').update(data).digest('hex'),
        ...properties,
      });
      expect(active.os_hash_value).toBe(createHash('sha512').update(data).digest('hex'));
      expect(
        (await raw(alice, 'PUT', `image/v2/images/${id}/file`, { headers: octets, body: data })).status,
      ).toBe(409);

      const saved = await raw(alice, 'GET', `image/v2/images/${id}/file`);
      expect(saved.headers.get('content-md5')).toBe(active.checksum);
      expect(Buffer.from(await saved.arrayBuffer()).equals(data)).toBe(true);

      const patch = [
        { op: 'add', path: '/name', value: 'other' },
        { op: 'add', path: '/os_distro', value: 'debian' },
        { op: 'add', path: '/protected', value: true },
        { op: 'add', path: '/tags', value: ['a', 'b'] },
      ];
      const patched = await raw(alice, 'PATCH', `image/v2/images/${id}`, {
        headers: { 'content-type': 'application/openstack-images-v2.1-json-patch' },
        body: Buffer.from(JSON.stringify(patch)),
      });
      expect(patched.status).toBe(200);
      expect(await patched.json()).toMatchObject({
        name: 'other',
        os_distro: 'debian',
        protected: true,
        tags: ['a', 'b'],
        status: 'active',
      });

      expect((await cloud.call(alice, 'DELETE', `image/v2/images/${id}`)).status).toBe(403);
      const unprotect = Buffer.from(JSON.stringify([{ op: 'replace', path: '/protected', value: false }]));
      await raw(alice, 'PATCH', `image/v2/images/${id}`, {
        headers: { 'content-type': 'application/openstack-images-v2.1-json-patch' },
        body: unprotect,
      });
      const object = `${cloud.pithos.swiftUrl}/AUTH_${alice.uuid}/images/accimg`;
      const objectStatus = async () =>
        (await fetch(object, { method: 'HEAD', headers: { 'x-auth-token': alice.token } })).status;
      expect(await objectStatus()).toBe(200);
      expect((await cloud.call(alice, 'DELETE', `image/v2/images/${id}`)).status).toBe(204);
      expect(await objectStatus()).toBe(404);
      expect((await cloud.call(alice, 'GET', `image/v2/images/${id}`)).status).toBe(404);
    });

    it('take their bytes from one of many uploads at once', async () => {
      const { id } = (await create(alice, { name: 'raced' })).body;
      const bodies = Array.from({ length: 4 }, () => randomBytes(300_000));
      const headers = { 'content-type': 'application/octet-stream' };
      const replies = await Promise.all(
        bodies.map((body) => raw(alice, 'PUT', `image/v2/images/${id}/file`, { headers, body })),
      );
      const statuses = replies.map(({ status }) => status);
      expect([...statuses].sort()).toEqual([204, 409, 409, 409]);
      const saved = await raw(alice, 'GET', `image/v2/images/${id}/file`);
      const winner = bodies[statuses.indexOf(204)] ?? Buffer.alloc(0);
      expect(Buffer.from(await saved.arrayBuffer()).equals(winner)).toBe(true);
      expect(await show(alice, id)).toMatchObject({
        status: 'active',
        checksum: createHash('md5').update(winner).digest('hex'),
      });
    });

    it('are read in ranges, and not past their end', async () => {
      const { id } = (await create(alice, { name: 'ranges' })).body;
      const body = randomBytes(1_000);
      const octets = { 'content-type': 'application/octet-stream' };
      await raw(alice, 'PUT', `image/v2/images/${id}/file`, { headers: octets, body });
      const get = (range: string) => raw(alice, 'GET', `image/v2/images/${id}/file`, { headers: { range } });
      const part = await get('bytes=990-2000');
      expect(part.status).toBe(206);
      expect(part.headers.get('content-range')).toBe('bytes 990-999/1000');
      const past = await get('bytes=1000-1001');
      expect(past.status).toBe(416);
      expect(past.headers.get('content-range')).toBe('bytes */1000');
      expect(await past.json()).toMatchObject({ code: expect.stringMatching(/^416 /) });
    });

    it('take a chunked upload, and an empty one', async () => {
      const { id } = (await create(alice, { name: 'piped' })).body;
      const data = randomBytes(100_000);
      const stream = new ReadableStream({
        start: (controller) => {
          controller.enqueue(data.subarray(0, 10));
          controller.enqueue(data.subarray(10));
          controller.close();
        },
      });
      const headers = { 'x-auth-token': alice.token, 'content-type': 'application/octet-stream' };
      const piped = await fetch(`${cloud.url}/image/v2/images/${id}/file`, {
        method: 'PUT',
        headers,
        body: stream,
        duplex: 'half',
      });
      expect(piped.status).toBe(204);
      expect(await show(alice, id)).toMatchObject({ status: 'active', size: data.length });

      const empty = (await create(alice, { name: 'empty' })).body;
      expect((await raw(alice, 'PUT', `image/v2/images/${empty.id}/file`)).status).toBe(204);
      expect(await show(alice, empty.id)).toMatchObject({ status: 'active', size: 0 });
      expect((await raw(alice, 'GET', `image/v2/images/${empty.id}/file`)).status).toBe(204);
    });

    it('register an object by pithos_location, and then take an empty upload only', async () => {
      const location = await upload(alice, 'second.raw', randomBytes(4_000));
      const created = await create(alice, { name: 'second', pithos_location: location, os_type: 'linux' });
      expect(created.status).toBe(201);
      expect(created.body).toMatchObject({
        status: 'active',
        size: 4_000,
        pithos_location: location,
        os_type: 'linux',
      });
      const { id } = created.body;
      expect((await raw(alice, 'PUT', `image/v2/images/${id}/file`)).status).toBe(204);
      expect((await raw(alice, 'PUT', `image/v2/images/${id}/file`, { body: Buffer.from('x') })).status).toBe(
        409,
      );
      expect(await show(alice, id)).toMatchObject({ status: 'active', size: 4_000 });
      expect((await cloud.call(alice, 'DELETE', `image/v2/images/${id}`)).status).toBe(204);
      const object = await fetch(`${cloud.pithos.swiftUrl}/AUTH_${alice.uuid}/files/second.raw`, {
        method: 'HEAD',
        headers: { 'x-auth-token': alice.token },
      });
      expect(object.status).toBe(200);
    });

    it('are found by name and paged', async () => {
      const names = ['page-a', 'page-b', 'page-c'];
      for (const name of names) await create(carol, { name });
      interface List {
        images: ImageView[];
        next?: string;
      }
      const list = async (query: string) =>
        (await cloud.call(carol, 'GET', `image/v2/images?${query}`)).body as unknown as List;
      expect((await list('name=page-b')).images.map((image) => image.name)).toEqual(['page-b']);
      expect((await list('id=in:')).images).toEqual([]);
      const first = await list('limit=2&sort=name:asc');
      expect(first.images.map((image) => image.name)).toEqual(['page-a', 'page-b']);
      expect(first.next).toMatch(/^\/v2\/images\?/);
      const second = await list((first.next ?? '').split('?')[1] ?? '');
      expect(second.images.map((image) => image.name)).toEqual(['page-c']);
      expect(second.next).toBeUndefined();
      expect((await cloud.call(carol, 'GET', 'image/v2/images/page-b')).status).toBe(404);
    });

    it('are shared with members', async () => {
      const { id } = (await create(alice, { name: 'shared' })).body;
      expect(
        (await cloud.call(alice, 'POST', `image/v2/images/${id}/members`, { member: bob.uuid })).status,
      ).toBe(200);
      expect(await show(bob, id)).toMatchObject({ visibility: 'shared', owner: alice.uuid });
      expect((await cloud.call(carol, 'GET', `image/v2/images/${id}`)).status).toBe(404);
      expect(
        (await cloud.call(bob, 'PUT', `image/v2/images/${id}/members/${bob.uuid}`, { status: 'accepted' }))
          .status,
      ).toBe(200);
      expect((await cloud.call(alice, 'DELETE', `image/v2/images/${id}/members/${bob.uuid}`)).status).toBe(
        204,
      );
      expect((await cloud.call(bob, 'GET', `image/v2/images/${id}`)).status).toBe(404);
    });

    it('are meant to be shared before they have members', async () => {
      const { id, visibility } = (await create(alice, { name: 'meant', visibility: 'shared' })).body;
      expect(visibility).toBe('shared');
      for (const value of ['private', 'shared']) {
        const patch = JSON.stringify([{ op: 'replace', path: '/visibility', value }]);
        const headers = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
        const changed = await raw(alice, 'PATCH', `image/v2/images/${id}`, {
          headers,
          body: Buffer.from(patch),
        });
        expect(await changed.json()).toMatchObject({ visibility: value });
      }
      expect((await cloud.call(carol, 'GET', `image/v2/images/${id}`)).status).toBe(404);
    });

    it('are discovered without a token', async () => {
      const reply = await cloud.call(null, 'GET', 'image/');
      expect(reply.status).toBe(300);
      expect((reply.body as unknown as { versions: object[] }).versions[0]).toMatchObject({
        id: 'v2.9',
        status: 'CURRENT',
      });
      expect((await cloud.call(null, 'GET', 'image/v2/images')).status).toBe(401);
    });
  });

  it('show in compute on both faces', async () => {
    const { id } = (await create(alice, { name: 'in compute' })).body;
    const legacy = await cloud.call(alice, 'GET', `compute/v2.0/images/${id}`);
    expect((legacy.body as unknown as { image: object }).image).toMatchObject({
      id,
      name: 'in compute',
      status: 'SAVING',
      is_snapshot: false,
    });
    const current = await cloud.call(alice, 'GET', `compute/v2.1/images/${id}`);
    expect((current.body as unknown as { image: object }).image).toMatchObject({
      id,
      status: 'SAVING',
      minDisk: 0,
    });
  });
});
