import { CycladesCloud, type TestUser } from './harness.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const GIB = 2n ** 30n;
const RAM = 256n * 2n ** 20n;
const RUNNING = { 'cyclades.cpu': 1n, 'cyclades.ram': RAM };
const EXISTING = {
  'cyclades.vm': 1n,
  'cyclades.total_cpu': 1n,
  'cyclades.total_ram': RAM,
  'cyclades.disk': GIB,
};

describe.each([['redis' as const], ['postgres' as const]])('servers with queues on %s', (queues) => {
  let cloud: CycladesCloud;
  let user: TestUser;
  let imageRef: string;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues, workers: 2 });
    imageRef = await cloud.addImage();
  });

  beforeEach(async () => {
    user = await cloud.newUser();
  });

  afterAll(() => cloud?.close());

  const create = async (changes: object = {}): Promise<string> => {
    const server = {
      name: 'web-1',
      imageRef,
      flavorRef: String(cloud.flavorId),
      min_count: 1,
      max_count: 1,
      ...changes,
    };
    const reply = await cloud.call(user, 'POST', 'compute/v2.1/servers', { server });
    expect(reply).toMatchObject({
      status: 202,
      body: { server: { id: expect.stringMatching(UUID), 'OS-DCF:diskConfig': 'MANUAL' } },
    });
    const { id } = (reply.body as unknown as { server: { id: string } }).server;
    expect(reply.headers.get('location')).toBe(`${cloud.url}/compute/v2.1/servers/${id}`);
    return id;
  };

  it('go through their whole life, and the quota with them', async () => {
    const id = await create({ metadata: { role: 'web' } });
    const active = await cloud.waitFor(user, id, 'ACTIVE');
    expect(active).toMatchObject({
      id,
      name: 'web-1',
      'OS-EXT-STS:power_state': 1,
      'OS-EXT-STS:task_state': null,
      'OS-EXT-STS:vm_state': 'active',
      image: { id: imageRef },
      flavor: { id: String(cloud.flavorId) },
      metadata: { role: 'web' },
      progress: 100,
      'os-extended-volumes:volumes_attached': [{ id: expect.stringMatching(UUID) }],
    });
    await cloud.expectUsage(user, { ...EXISTING, ...RUNNING });

    expect(
      await cloud.call(user, 'POST', `compute/v2.1/servers/${id}/action`, { 'os-start': null }),
    ).toMatchObject({ status: 409, body: { conflictingRequest: { code: 409 } } });
    expect((await cloud.call(user, 'POST', `compute/v2.0/servers/${id}/action`, { start: {} })).status).toBe(
      400,
    );
    expect(
      (await cloud.call(user, 'POST', `compute/v2.1/servers/${id}/action`, { 'os-stop': null })).status,
    ).toBe(202);
    await cloud.waitFor(user, id, 'SHUTOFF');
    await cloud.expectUsage(user, EXISTING);

    expect(
      (await cloud.call(user, 'POST', `compute/v2.1/servers/${id}/action`, { 'os-start': null })).status,
    ).toBe(202);
    await cloud.waitFor(user, id, 'ACTIVE');
    await cloud.expectUsage(user, { ...EXISTING, ...RUNNING });

    expect(
      (await cloud.call(user, 'POST', `compute/v2.1/servers/${id}/action`, { reboot: { type: 'HARD' } }))
        .status,
    ).toBe(202);
    expect((await cloud.call(user, 'GET', `compute/v2.1/servers/${id}`)).body).toMatchObject({
      server: { status: 'REBOOT' },
    });
    await cloud.waitFor(user, id, 'ACTIVE');

    expect((await cloud.call(user, 'DELETE', `compute/v2.1/servers/${id}`)).status).toBe(204);
    expect((await cloud.call(user, 'DELETE', `compute/v2.1/servers/${id}`)).status).toBeLessThan(500);
    await cloud.waitFor(user, id, 'DELETED');
    await cloud.expectUsage(user, {});
  });

  it('show on the Synnefo face by integer ids', async () => {
    const made = await cloud.call(user, 'POST', 'compute/v2.0/servers', {
      server: { name: 'old', imageRef, flavorRef: cloud.flavorId },
    });
    expect(made).toMatchObject({
      status: 202,
      body: {
        server: { status: 'BUILD', id: expect.any(Number), adminPass: expect.stringMatching(/^.{10}$/) },
      },
    });
    const { id } = (made.body as unknown as { server: { id: number } }).server;
    await cloud.waitFor(user, String(id), 'ACTIVE');
    const shown = await cloud.call(user, 'GET', `compute/v2.0/servers/${id}`);
    expect(shown.body).toMatchObject({
      server: { id, status: 'ACTIVE', volumes: [expect.any(Number)], 'SNF:task_state': '', suspended: false },
    });
    expect(
      (await cloud.call(user, 'PUT', `compute/v2.0/servers/${id}`, { server: { name: 'new' } })).status,
    ).toBe(204);
    expect((await cloud.call(user, 'GET', 'compute/v2.0/servers')).body).toMatchObject({
      servers: [{ id, name: 'new' }],
    });
    expect((await cloud.call(user, 'DELETE', `compute/v2.0/servers/${id}`)).status).toBe(204);
    await cloud.waitFor(user, String(id), 'DELETED');
    expect((await cloud.call(user, 'GET', `compute/v2.0/servers/${id}`)).body).toMatchObject({
      server: { status: 'DELETED', deleted: true },
    });
  });

  it('of others do not exist', async () => {
    const id = await create();
    const other = await cloud.newUser();
    for (const face of ['v2.0', 'v2.1']) {
      expect((await cloud.call(other, 'GET', `compute/${face}/servers/${id}`)).status).toBe(404);
      expect((await cloud.call(other, 'DELETE', `compute/${face}/servers/${id}`)).status).toBe(404);
      expect((await cloud.call(other, 'GET', `compute/${face}/servers`)).body).toMatchObject({ servers: [] });
    }
    expect((await cloud.call(null, 'GET', `compute/v2.1/servers/${id}`)).status).toBe(401);
    expect((await cloud.call(user, 'DELETE', `compute/v2.1/servers/${id}`)).status).toBe(204); // while it is built
    await cloud.waitFor(user, id, 'DELETED');
    await cloud.expectUsage(user, {});
  });

  it('are refused without charge when the request is wrong', async () => {
    const refused = async (changes: object, status: number): Promise<void> => {
      const server = { name: 'x', imageRef, flavorRef: String(cloud.flavorId), ...changes };
      expect((await cloud.call(user, 'POST', 'compute/v2.1/servers', { server })).status).toBe(status);
    };
    await refused({ flavorRef: '999' }, 404);
    await refused({ imageRef: '11111111-2222-3333-4444-555555555555' }, 404);
    await refused({ imageRef: await cloud.addImage(0) }, 400);
    await refused({ imageRef: await cloud.addImage(2 ** 31) }, 400);
    await refused({ networks: [{ uuid: '11111111-2222-3333-4444-555555555555' }] }, 404);
    await refused({ availability_zone: 'mars' }, 400);
    await refused({ key_name: 'nobody-has-it' }, 400);
    await refused({ name: '' }, 400);
    await refused({ max_count: 2 }, 400);
    await cloud.expectUsage(user, {});
    expect((await cloud.call(user, 'GET', 'compute/v2.1/servers')).body).toMatchObject({ servers: [] });
  });

  it('are listed in pages, by name and by status', async () => {
    const ids = [
      await create({ name: 'page-1' }),
      await create({ name: 'page-2' }),
      await create({ name: 'other' }),
    ];
    const list = async (query: string) =>
      (await cloud.call(user, 'GET', `compute/v2.1/servers${query}`)).body as unknown as {
        servers: { id: string }[];
        servers_links?: { href: string }[];
      };
    expect((await list('?name=page')).servers.map((server) => server.id)).toEqual([ids[1], ids[0]]);
    const first = await list('?limit=2');
    expect(first.servers.map((server) => server.id)).toEqual([ids[2], ids[1]]);
    expect(first.servers_links).toEqual([
      { rel: 'next', href: `${cloud.url}/compute/v2.1/servers?limit=2&marker=${ids[1]}` },
    ]);
    expect((await list(`?limit=2&marker=${ids[1]}`)).servers.map((server) => server.id)).toEqual([ids[0]]);
    expect((await list('?all_tenants=1&deleted=False')).servers).toHaveLength(3);
    for (const query of ['name=(', 'ip=*', 'name=a%00', 'flavor=%00', 'marker=%00', 'name=(a)%5c1'])
      expect((await cloud.call(user, 'GET', `compute/v2.1/servers?${query}`)).status).toBe(400);
    for (const id of ids) await cloud.waitFor(user, id, 'ACTIVE');
    expect((await list('?status=ACTIVE')).servers).toHaveLength(3);
    expect((await list('?status=SHUTOFF')).servers).toEqual([]);
    for (const id of ids) await cloud.call(user, 'DELETE', `compute/v2.1/servers/${id}`);
    for (const id of ids) await cloud.waitFor(user, id, 'DELETED');
    await cloud.expectUsage(user, {});
  });
});
