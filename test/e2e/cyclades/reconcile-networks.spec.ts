import type { RapiClient } from '@synnefo/ganeti-rapi';
import { poll } from '@synnefo/runtime';
import { AddressPoolService } from '../../../apps/cyclades/src/address-pool/address-pool.service.js';
import { BackendPool } from '../../../apps/cyclades/src/backend/backend-pool.js';
import { CycladesCloud, type TestUser } from './harness.js';
import { report } from './reconcile-commands.js';

jest.setTimeout(180_000);

/** Somebody changes a network of ours at the cluster, or its NICs, and nobody tells. */
describe('networks that differ from the cluster', () => {
  let cloud: CycladesCloud;
  let user: TestUser;
  let pool: BackendPool;
  let rapi: RapiClient;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
    pool = new BackendPool(cloud.core.dataSource);
    rapi = await pool.client(1);
    await cloud.core.dataSource.transaction((tx) =>
      new AddressPoolService().create(tx, { kind: 'mac-prefix', base: 'aa:00:0', size: 1000 }, true),
    );
  });

  beforeEach(async () => {
    user = await cloud.newUser();
  });

  afterAll(async () => {
    await pool?.onApplicationShutdown();
    await cloud?.close();
  });

  /** A network that the cluster has, because a server is on it; then no worker. */
  const aNetworkInUse = async () => {
    const worker = await cloud.startWorker();
    const network = { name: 'lab', admin_state_up: true };
    const { body } = await cloud.call(user, 'POST', 'networking/v2.0/networks', { network });
    const uuid = (body as unknown as { network: { id: string } }).network.id;
    const subnet = { network_id: uuid, cidr: '10.8.0.0/29', ip_version: 4 };
    expect((await cloud.call(user, 'POST', 'networking/v2.0/subnets', { subnet })).status).toBe(201);
    const imageRef = await cloud.addImage();
    const server = { name: 's', imageRef, flavorRef: String(cloud.flavorId), networks: [{ uuid }] };
    const reply = await cloud.call(user, 'POST', 'compute/v2.1/servers', { server });
    const serverUuid = (reply.body as unknown as { server: { id: string } }).server.id;
    await cloud.waitFor(user, serverUuid, 'ACTIVE');
    await worker.close();
    const [row]: { id: number; server_id: number }[] = await cloud.core.dataSource.query(
      'SELECT network_id AS id, server_id FROM port JOIN network ON network.id = network_id WHERE network.uuid = $1',
      [uuid],
    );
    const { id = 0, server_id: serverId = 0 } = row ?? {};
    return { uuid, serverUuid, id, serverId, name: cloud.core.naming.network(id) };
  };

  const deleteServer = async (uuid: string): Promise<void> => {
    const worker = await cloud.startWorker();
    expect((await cloud.call(user, 'DELETE', `compute/v2.1/servers/${uuid}`)).status).toBe(204);
    await cloud.waitFor(user, uuid, 'DELETED');
    await worker.close();
  };

  const byHand = async (jobId: Promise<number>): Promise<void> => {
    expect(await rapi.waitForJob(await jobId, { timeoutMs: 20_000 })).toMatchObject({ status: 'success' });
  };

  const reported = async (command: string, object: string, ...options: string[]) =>
    (await report(cloud, command, ...options))
      .filter((row) => row.object === object)
      .map((row) => [row.difference, row.repaired]);

  const networksOf = (id: number, ...options: string[]) =>
    reported('reconcile-networks', `network ${id}`, ...options);

  it('are made again where the cluster lost them, and removed where we have not', async () => {
    const { id, name, uuid, serverUuid } = await aNetworkInUse();
    expect(await networksOf(id)).toEqual([]);
    await deleteServer(serverUuid);
    await byHand(rapi.disconnectNetwork(name, 'default'));
    expect(await networksOf(id)).toEqual([['unconnected', null]]);
    await byHand(rapi.deleteNetwork(name));
    expect(await networksOf(id)).toEqual([['missing', null]]);
    expect(await networksOf(id, '--fix-missing')).toEqual([['missing', true]]);
    await poll({ everyMs: 100, timeoutMs: 20_000, what: 'the network to be there' }, async () =>
      (await networksOf(id)).length === 0 ? true : undefined,
    );

    await cloud.core.dataSource.query('DELETE FROM backend_network WHERE network_id = $1', [id]);
    expect(await networksOf(id, '--fix-all')).toEqual([['unknown', true]]);
    expect(await networksOf(id)).toEqual([]);

    await cloud.core.dataSource.query('DELETE FROM backend_network WHERE network_id = $1', [id]);
    expect((await cloud.call(user, 'DELETE', `networking/v2.0/networks/${uuid}`)).status).toBe(204);
    expect(await networksOf(id)).toEqual([['orphan', null]]);
    expect(await networksOf(id, '--fix-orphans')).toEqual([['orphan', true]]);
    const worker = await cloud.startWorker();
    await poll({ everyMs: 100, timeoutMs: 20_000, what: 'the network to go' }, async () =>
      (await rapi.findNetwork(name)) === null ? true : undefined,
    );
    await cloud.expectUsage(user, {});
    await worker.close();
  });

  it('end when the cluster has removed them, with their charge', async () => {
    const { id, name, serverUuid } = await aNetworkInUse();
    await deleteServer(serverUuid);
    await byHand(rapi.disconnectNetwork(name, 'default'));
    await byHand(rapi.deleteNetwork(name));
    await cloud.core.dataSource.query(`UPDATE network SET action = 'DESTROY' WHERE id = $1`, [id]);
    expect(await networksOf(id, '--fix-rows')).toEqual([['gone', true]]);
    expect(await networksOf(id)).toEqual([]);
    const worker = await cloud.startWorker();
    await cloud.expectUsage(user, {});
    await worker.close();
  });

  it('show in NICs: address and MAC are taken over, a NIC that is gone gives its address back', async () => {
    const { serverId, serverUuid, uuid } = await aNetworkInUse();
    const instance = cloud.core.naming.server(serverId);
    const nicsOf = (...options: string[]) => reported('reconcile-servers', `server ${serverId}`, ...options);
    const addresses = async () => {
      const { body } = await cloud.call(user, 'GET', `networking/v2.0/ports?network_id=${uuid}`);
      const { ports } = body as unknown as {
        ports: { mac_address: string; fixed_ips: { ip_address: string }[] }[];
      };
      return ports.map((port) => [port.mac_address, ...port.fixed_ips.map((ip) => ip.ip_address)]);
    };
    expect(await nicsOf()).toEqual([]);
    const change = { ip: '10.8.0.5', mac: 'aa:00:00:12:34:56' };
    await byHand(rapi.modifyInstance(instance, { nics: [['modify', 0, change]], hotplug_if_possible: true }));
    expect(await nicsOf()).toEqual([['nics', null]]);
    expect(await nicsOf('--fix-unsynced-nics')).toEqual([['nics', true]]);
    expect(await nicsOf()).toEqual([]);
    expect(await addresses()).toEqual([['aa:00:00:12:34:56', '10.8.0.5']]);

    await byHand(rapi.modifyInstance(instance, { nics: [['remove', 0, {}]], hotplug_if_possible: true }));
    expect(await nicsOf('--fix-all')).toEqual([['nics', true]]);
    expect(await addresses()).toEqual([]);
    await deleteServer(serverUuid);
  });
});
