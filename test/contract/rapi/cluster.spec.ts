import { openTarget, type Target } from './target.js';

let target: Target;

beforeAll(async () => {
  target = await openTarget();
}, 120_000);
afterAll(() => target.stop());

jest.setTimeout(120_000);

const words = (text: string): string[] => text.split(' ').sort();

const INFO_KEYS = words(
  'software_version protocol_version config_version os_api_version export_version vcs_version architecture name master ' +
    'default_hypervisor enabled_hypervisors hvparams os_hvp beparams osparams ipolicy nicparams ndparams diskparams ' +
    'candidate_pool_size max_running_jobs max_tracked_jobs mac_prefix master_netdev master_netmask use_external_mip_script ' +
    'volume_group_name drbd_usermode_helper file_storage_dir shared_file_storage_dir gluster_storage_dir maintain_node_health ctime ' +
    'mtime uuid tags uid_pool default_iallocator default_iallocator_params reserved_lvs primary_ip_version prealloc_wipe_disks ' +
    'hidden_os blacklisted_os enabled_disk_templates install_image instance_communication_network zeroing_image compression_tools ' +
    'enabled_user_shutdown enabled_data_collectors data_collector_interval modify_ssh_setup ssh_key_type ssh_key_bits vg_name ' +
    'drbd_helper',
);
const NODE_KEYS = words(
  'name offline master_candidate drained dtotal dfree sptotal spfree mtotal mnode mfree pinst_cnt sinst_cnt ctotal cnos cnodes csockets ' +
    'pip sip role pinst_list sinst_list master_capable vm_capable ndparams group.uuid ctime mtime uuid serial_no tags',
);
const GROUP_KEYS = words(
  'alloc_policy name node_cnt node_list ipolicy custom_ipolicy diskparams custom_diskparams ndparams custom_ndparams ctime mtime uuid ' +
    'serial_no tags',
);
const NETWORK_KEYS = words(
  'name network gateway network6 gateway6 mac_prefix free_count reserved_count map group_list inst_list external_reservations ctime ' +
    'mtime uuid serial_no tags',
);

const keys = (value: unknown): string[] => Object.keys(value as object).sort();

describe('the cluster', () => {
  it('tells its version and features', async () => {
    expect(await target.rapi.version()).toBe(2);
    const features = [
      'instance-create-reqv1',
      'instance-reinstall-reqv1',
      'node-evac-res1',
      'node-migrate-reqv1',
    ];
    expect((await target.rapi.features()).sort()).toEqual(features);
    expect((await target.raw('GET', '/')).value).toBeNull();
  });

  it('has all keys of /2/info', async () => {
    const { value } = await target.raw('GET', '/2/info');
    expect(keys(value)).toEqual(INFO_KEYS);
    expect(value).toMatchObject({
      software_version: '3.0.2',
      config_version: 3_000_000,
      architecture: ['64bits', 'x86_64'],
    });
  });

  it('lists nodes by id and address, or whole', async () => {
    const { node } = target.cluster;
    expect((await target.raw('GET', '/2/nodes')).value).toContainEqual({ id: node, uri: `/2/nodes/${node}` });
    const { value } = await target.raw('GET', '/2/nodes?bulk=1');
    expect((value as object[]).map(keys)).toContainEqual(NODE_KEYS);
    const one = await target.raw('GET', `/2/nodes/${node}`);
    expect(keys(one.value)).toEqual([...NODE_KEYS, 'secondary_ip'].sort());
    expect((await target.rapi.nodes()).find((one) => one.name === node)).toMatchObject({
      role: 'M',
      vm_capable: true,
    });
    expect((await target.raw('GET', `/2/nodes/${node}/role`)).value).toBe('master');
  });

  it('lists groups by name and address, or whole', async () => {
    const list = await target.raw('GET', '/2/groups');
    expect(list.value).toContainEqual({ name: 'default', uri: '/2/groups/default' });
    expect(keys((await target.raw('GET', '/2/groups/default')).value)).toEqual(GROUP_KEYS);
  });

  it('takes an empty change of itself, the way to prove the right to write', async () => {
    const reply = await target.raw('PUT', '/2/modify', { body: {} });
    const job = await target.done(reply.value as number); // a submit's answer
    expect([job.summary, job.opresult]).toEqual([['CLUSTER_SET_PARAMS'], [null]]);
  });
});

describe('networks', () => {
  const add = (name: string): Promise<number> =>
    target.rapi.createNetwork({
      network_name: name,
      network: '10.7.0.0/28',
      gateway: '10.7.0.1',
      tags: ['nfdhcpd'],
    });
  const connection = { group_name: 'default', network_mode: 'bridged', conflicts_check: false } as const;

  it('live: add, connect, an address taken, disconnect, remove', async () => {
    const { rapi, cluster } = target;
    const [name, guest] = [target.name(), target.name()];
    expect((await target.done(await add(name))).summary).toEqual([`NETWORK_ADD(${name})`]);
    const { value } = await target.raw('GET', `/2/networks/${name}`);
    expect(keys(value)).toEqual(NETWORK_KEYS);
    expect(value).toMatchObject({
      ...{
        name,
        network: '10.7.0.0/28',
        gateway: '10.7.0.1',
        network6: null,
        gateway6: null,
        mac_prefix: null,
      },
      ...{
        free_count: 13,
        reserved_count: 3,
        map: 'XX.............X',
        external_reservations: '10.7.0.0, 10.7.0.1, 10.7.0.15',
      },
      ...{ group_list: [], inst_list: [], tags: ['nfdhcpd'] },
    });
    expect((await target.raw('GET', '/2/networks')).value).toContainEqual({
      name,
      uri: `/2/networks/${name}`,
    });
    await target.done(await rapi.connectNetwork(name, { ...connection, network_link: cluster.link }));
    const nics = [{ name: 'n0', network: name, ip: '10.7.0.5' }];
    await target.done(await rapi.createInstance(target.instance(guest, { nics })));
    expect(await rapi.findNetwork(name)).toMatchObject({
      ...{ group_list: [['default', 'bridged', cluster.link, '']], inst_list: [guest] },
      ...{ free_count: 12, reserved_count: 4, map: 'XX...X.........X' },
    });
    await taken(name, guest);
    await target.done(await rapi.deleteInstance(guest));
    await target.done(await rapi.disconnectNetwork(name, 'default'));
    await target.done(await rapi.deleteNetwork(name));
    expect(await rapi.findNetwork(name)).toBeNull();
  });

  async function taken(name: string, guest: string): Promise<void> {
    const { rapi } = target;
    const same = target.instance(target.name(), { nics: [{ network: name, ip: '10.7.0.5' }] });
    expect(await target.failed(await rapi.createInstance(same))).toMatchObject({
      message: `IP address 10.7.0.5 already in use or does not belong to network ${name}`,
      code: 'resource_not_unique',
    });
    const instance = await rapi.getInstance(guest);
    expect(instance).toMatchObject({
      'nic.ips': ['10.7.0.5'],
      'nic.names': ['n0'],
      'nic.networks.names': [name],
    });
    expect(await target.failed(await rapi.disconnectNetwork(name, 'default'))).toEqual({
      type: 'OpPrereqError',
      message: 'Conflicting IP addresses found;  remove/modify the corresponding network interfaces',
      code: 'wrong_state',
    });
    const connected = await target.failed(await rapi.deleteNetwork(name));
    expect(connected).toMatchObject({ message: 'Network still connected', code: 'wrong_state' });
  }

  it('fail in jobs: a name that is taken or unknown, a network that is connected nowhere', async () => {
    const { rapi } = target;
    const name = target.name();
    await target.done(await add(name));
    expect(await target.failed(await add(name))).toMatchObject({
      type: 'OpPrereqError',
      code: 'already_exists',
    });
    const guest = target.instance(target.name(), { nics: [{ network: name, ip: '10.7.0.5' }] });
    expect(await target.failed(await rapi.createInstance(guest))).toMatchObject({ type: 'OpPrereqError' });
    await target.done(await rapi.deleteNetwork(name));
    const unknown = { type: 'OpPrereqError', message: `Network '${name}' not found`, code: 'unknown_entity' };
    expect(await target.failed(await rapi.deleteNetwork(name))).toEqual(unknown);
    const connect = rapi.connectNetwork(name, { ...connection, network_link: 'br0' });
    expect(await target.failed(await connect)).toEqual(unknown);
  });
});

describe('tags', () => {
  it('are set and deleted together, and deleting one that is not there fails', async () => {
    const owner = { kind: 'network', name: target.name() } as const;
    const { rapi } = target;
    await target.done(await rapi.createNetwork({ network_name: owner.name, network: '10.8.0.0/29' }));
    await target.done(await rapi.addTags(owner, ['a:b', 'c+/D*e']));
    expect((await rapi.tags(owner)).sort()).toEqual(['a:b', 'c+/D*e']);
    await target.done(await rapi.deleteTags(owner, ['a:b']));
    expect(await rapi.tags(owner)).toEqual(['c+/D*e']);
    expect(await target.failed(await rapi.deleteTags(owner, ['a:b']))).toMatchObject({
      type: 'OpPrereqError',
      code: 'unknown_entity',
    });
    const illegal = await target.failed(await rapi.addTags(owner, ['a b']));
    expect(illegal).toEqual({ type: 'TagError', message: 'Tag contains invalid characters', code: null });
    await target.done(await rapi.deleteNetwork(owner.name));
  });
});
