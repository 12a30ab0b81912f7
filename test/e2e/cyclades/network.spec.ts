import { isDeepStrictEqual } from 'node:util';
import { poll } from '@synnefo/runtime';
import { AddressPoolService } from '../../../apps/cyclades/src/address-pool/address-pool.service.js';
import { createInfrastructureNetwork } from '../../../apps/cyclades/src/network/create-infrastructure-network.js';
import { CycladesCloud, type TestUser } from './harness.js';

type Item = Record<string, unknown> & { id: string };

describe('networks', () => {
  let cloud: CycladesCloud;
  let alice: TestUser;
  let bob: TestUser;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 1 });
    [alice, bob] = [await cloud.newUser(), await cloud.newUser()];
  });

  afterAll(() => cloud.close());

  const send = async (user: TestUser, method: string, below: string, body?: object) => {
    const reply = await cloud.call(user, method, below, body);
    return { status: reply.status, body: reply.body as unknown as Record<string, Item & Item[]> };
  };
  /** Commissions are told to Astakos after the answer. */
  const usageBecomes = (user: TestUser, expected: Record<string, bigint>) =>
    poll(
      { everyMs: 50, timeoutMs: 10_000, what: `usage to be ${Object.entries(expected).join()}` },
      async () => isDeepStrictEqual(await cloud.usage(user), expected) || undefined,
    );
  const addPool = () =>
    cloud.core.dataSource.transaction((tx) =>
      new AddressPoolService().create(tx, { kind: 'mac-prefix', base: 'aa:00:0', size: 1000 }, true),
    );
  const network = async (user: TestUser, name: string) =>
    (await send(user, 'POST', 'networking/v2.0/networks', { network: { name, admin_state_up: true } })).body
      .network as Item;
  const subnet = (user: TestUser, network_id: string, fields: object = {}) =>
    send(user, 'POST', 'networking/v2.0/subnets', {
      subnet: { network_id, cidr: '10.8.0.0/29', ip_version: 4, ...fields },
    });

  it('cannot be made without a pool of MAC prefixes, and then nothing is charged', async () => {
    const reply = await send(alice, 'POST', 'network/v2.0/networks', {
      network: { type: 'MAC_FILTERED', name: 'lab' },
    });
    expect(reply.status).toBe(503);
    await usageBecomes(alice, {});
  });

  it('live on both faces, each with a MAC prefix of its own, and are charged until they are deleted', async () => {
    await addPool();
    const created = await send(alice, 'POST', 'network/v2.0/networks', {
      network: { type: 'MAC_FILTERED', name: 'lab' },
    });
    expect(created.status).toBe(201);
    const lab = created.body.network as Item;
    expect(lab).toMatchObject({
      name: 'lab',
      status: 'ACTIVE',
      public: false,
      user_id: alice.uuid,
      tenant_id: alice.uuid,
      subnets: [],
      deleted: false,
    });
    const other = await network(alice, 'other');
    await usageBecomes(alice, { 'cyclades.network.private': 2n });

    const rows: { mac_prefix: string; link: string }[] = await cloud.core.dataSource.query(
      'SELECT mac_prefix, link FROM network ORDER BY id',
    );
    expect(new Set(rows.map((row) => row.mac_prefix)).size).toBe(2);
    expect(rows.map((row) => row.link)).toEqual(['prv0', 'prv0']);

    const listed = await send(alice, 'GET', 'networking/v2.0/networks?name=other&admin_state_up=True');
    expect(listed.body.networks).toEqual([
      expect.objectContaining({
        id: other.id,
        name: 'other',
        project_id: alice.uuid,
        'router:external': false,
        mtu: 1500,
      }),
    ]);
    expect((await send(bob, 'GET', `networking/v2.0/networks/${other.id}`)).status).toBe(404);
    expect((await send(alice, 'GET', 'networking/v2.0/networks/other')).status).toBe(404);

    const renamed = await send(alice, 'PUT', `networking/v2.0/networks/${other.id}`, {
      network: { name: 'renamed' },
    });
    expect(renamed.body.network).toMatchObject({ name: 'renamed' });
    expect((await send(alice, 'DELETE', `networking/v2.0/networks/${other.id}`)).status).toBe(204);
    expect((await send(alice, 'GET', `networking/v2.0/networks/${other.id}`)).status).toBe(404);
    expect((await send(alice, 'DELETE', `network/v2.0/networks/${lab.id}`)).status).toBe(204);
    expect((await send(alice, 'GET', `network/v2.0/networks/${lab.id}`)).body.network).toMatchObject({
      deleted: true,
      status: 'DELETED',
    });
    await usageBecomes(alice, {});
  });

  it.each([
    ['an unknown type', { type: 'WIRELESS' }, 400],
    ['a type of operators', { type: 'CUSTOM' }, 403],
    ['no type', {}, 400],
  ])('are refused with %s', async (_, fields, status) => {
    expect(
      (await send(alice, 'POST', 'network/v2.0/networks', { network: { name: 'x', ...fields } })).status,
    ).toBe(status);
  });

  describe('subnets and ports', () => {
    let net: Item;

    beforeAll(async () => {
      await addPool();
      net = await network(alice, 'with addresses');
    });

    it('hand out the lowest free address, or the one asked for', async () => {
      const made = await subnet(alice, net.id);
      expect(made.status).toBe(201);
      expect(made.body.subnet).toMatchObject({
        gateway_ip: '10.8.0.1',
        cidr: '10.8.0.0/29',
        allocation_pools: [{ start: '10.8.0.2', end: '10.8.0.6' }],
        enable_dhcp: true,
      });
      expect((await send(alice, 'GET', `networking/v2.0/networks/${net.id}`)).body.network).toMatchObject({
        subnets: [made.body.subnet?.id],
      });

      const port = async (fields: object) =>
        send(alice, 'POST', 'networking/v2.0/ports', { port: { network_id: net.id, ...fields } });
      const first = await port({ name: 'p1', admin_state_up: true });
      expect(first.status).toBe(201);
      expect(first.body.port).toMatchObject({
        name: 'p1',
        status: 'DOWN',
        device_id: '',
        fixed_ips: [{ subnet_id: made.body.subnet?.id, ip_address: '10.8.0.2' }],
      });
      expect((await port({ fixed_ips: [{ ip_address: '10.8.0.5' }] })).body.port).toMatchObject({
        fixed_ips: [{ ip_address: '10.8.0.5' }],
      });
      expect((await port({ fixed_ips: [{ ip_address: '10.8.0.5' }] })).status).toBe(409);
      expect((await port({ fixed_ips: [{ ip_address: '10.8.0.1' }] })).status).toBe(400);
      expect((await port({})).body.port).toMatchObject({ fixed_ips: [{ ip_address: '10.8.0.3' }] });

      const byAddress = await send(alice, 'GET', 'networking/v2.0/ports?fixed_ips=ip_address%3D10.8.0.2');
      expect(byAddress.body.ports).toEqual([expect.objectContaining({ id: first.body.port?.id })]);
      expect((await send(alice, 'DELETE', `networking/v2.0/networks/${net.id}`)).status).toBe(409);
      expect(
        (await send(alice, 'DELETE', `networking/v2.0/ports/${String(first.body.port?.id)}`)).status,
      ).toBe(204);
      expect((await port({})).body.port).toMatchObject({ fixed_ips: [{ ip_address: '10.8.0.2' }] });
    });

    it.each([
      ['host bits', { cidr: '10.9.1.1/24' }, 400],
      ['too wide', { cidr: '10.8.0.0/21' }, 413],
      ['a gateway outside', { cidr: '10.9.0.0/24', gateway_ip: '10.8.0.1' }, 400],
      [
        'a pool outside',
        { cidr: '10.9.0.0/24', allocation_pools: [{ start: '10.8.0.2', end: '10.8.0.3' }] },
        409,
      ],
      ['a second subnet', {}, 400],
    ])('are refused with %s', async (_, fields, status) => {
      expect((await subnet(alice, net.id, fields)).status).toBe(status);
    });

    it('are not for strangers', async () => {
      expect((await subnet(bob, net.id)).status).toBe(404);
      expect((await send(bob, 'GET', 'networking/v2.0/ports')).body.ports).toEqual([]);
    });
  });

  it("of the installation are everybody's to see, and nobody's to change", async () => {
    const request = {
      name: 'public',
      flavor: 'CUSTOM',
      isPublic: true,
      isFloatingIpPool: true,
      isDrained: false,
      hasDhcp: true,
      subnet: '203.0.113.0/24',
    } as const;
    const made = await createInfrastructureNetwork(cloud.core.dataSource, request);
    expect(await createInfrastructureNetwork(cloud.core.dataSource, request)).toBeNull();
    const seen =
      (await send(bob, 'GET', 'networking/v2.0/networks?router%3Aexternal=True')).body.networks ?? [];
    expect(seen).toEqual([
      expect.objectContaining({ id: made?.uuid, name: 'public', shared: true, 'router:external': true }),
    ]);
    expect((await send(bob, 'DELETE', `networking/v2.0/networks/${made?.uuid}`)).status).toBe(403);
    expect(
      (await send(bob, 'POST', 'networking/v2.0/ports', { port: { network_id: made?.uuid } })).status,
    ).toBe(409);
  });

  it('give a server its address, and end on its cluster when they are deleted', async () => {
    await addPool();
    const net = await network(bob, 'servers');
    const subnetId = (await subnet(bob, net.id)).body.subnet?.id;
    const image = await cloud.addImage();
    const created = await send(bob, 'POST', 'compute/v2.1/servers', {
      server: {
        name: 'a',
        imageRef: image,
        flavorRef: String(cloud.flavorId),
        min_count: 1,
        max_count: 1,
        networks: [{ uuid: net.id }],
      },
    });
    expect(created.status).toBe(202);
    const id = String(created.body.server?.id);
    const server = await cloud.waitFor(bob, id, 'ACTIVE');
    expect(server.addresses).toEqual({ servers: [expect.objectContaining({ addr: '10.8.0.2' })] });
    const listed = async (query: string) =>
      (await send(bob, 'GET', `compute/v2.1/servers?${query}`)).body.servers;
    expect(await listed('ip=10.8.0.2')).toHaveLength(1);
    expect(await listed('ip=10.8.0.3')).toHaveLength(0);
    expect(await listed('ip6=10.8')).toHaveLength(0);
    const ports = (await send(bob, 'GET', `networking/v2.0/ports?device_id=${id}`)).body.ports ?? [];
    expect(ports).toEqual([
      expect.objectContaining({
        status: 'ACTIVE',
        device_owner: 'compute:nova',
        mac_address: expect.stringMatching(/^aa:/),
      }),
    ]);
    const port = {
      port_id: ports[0]?.id,
      net_id: net.id,
      mac_addr: ports[0]?.mac_address,
      port_state: 'ACTIVE',
      fixed_ips: [{ subnet_id: subnetId, ip_address: '10.8.0.2' }],
    };
    const interfaces = `compute/v2.1/servers/${id}/os-interface`;
    expect((await send(bob, 'GET', interfaces)).body).toEqual({ interfaceAttachments: [port] });
    expect((await send(bob, 'GET', `${interfaces}/${port.port_id}`)).body).toEqual({
      interfaceAttachment: port,
    });
    for (const reply of [
      await send(bob, 'POST', interfaces, { interfaceAttachment: { net_id: net.id } }),
      await send(bob, 'DELETE', `${interfaces}/${port.port_id}`),
    ])
      expect(reply).toMatchObject({
        status: 501,
        body: { notImplemented: { code: 501, message: expect.stringContaining('create the server') } },
      });
    expect((await send(bob, 'DELETE', `${interfaces}/${net.id}`)).status).toBe(404);
    expect((await send(bob, 'DELETE', `networking/v2.0/networks/${net.id}`)).status).toBe(409);

    await send(bob, 'DELETE', `compute/v2.1/servers/${id}`);
    await cloud.waitFor(bob, id, 'DELETED');
    expect((await send(bob, 'DELETE', `networking/v2.0/networks/${net.id}`)).status).toBe(204);
    await poll({ everyMs: 50, timeoutMs: 15_000, what: 'the network to be gone' }, async () => {
      const { status } = await send(bob, 'GET', `networking/v2.0/networks/${net.id}`);
      return status === 404 || undefined;
    });
    await usageBecomes(bob, {});
  });
});
