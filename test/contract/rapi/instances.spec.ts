import { openTarget, type Target } from './target.js';

let target: Target;

beforeAll(async () => {
  target = await openTarget();
}, 120_000);
afterAll(() => target.stop());

jest.setTimeout(180_000);

const words = (text: string): string[] => text.split(' ').sort();

const INSTANCE_KEYS = words(
  'name admin_state os pnode snodes disk_template nic.ips nic.macs nic.modes nic.uuids nic.names nic.links nic.networks ' +
    'nic.networks.names nic.bridges network_port disk.sizes disk.spindles disk_usage disk.uuids disk.names beparams hvparams oper_state ' +
    'oper_ram oper_vcpus status custom_hvparams custom_beparams custom_nicparams ctime mtime uuid serial_no tags',
);
const CREATE_KEYS = words(
  'dry_run debug_level priority depends comment reason OP_ID instance_name force_variant wait_for_sync name_check ignore_ipolicy ' +
    'opportunistic_locking beparams disks disk_template hvparams hypervisor identify_defaults ip_check conflicts_check mode nics osparams ' +
    'osparams_private osparams_secret os_type pnode pnode_uuid source_shutdown_timeout compress start forthcoming commit tags ' +
    'instance_communication helper_startup_timeout helper_shutdown_timeout',
);
const FILE_TEMPLATES = ['file', 'sharedfile'];

describe('an instance', () => {
  let name: string;
  beforeAll(async () => {
    name = target.name();
  });
  afterAll(async () => {
    if ((await target.rapi.findInstance(name)) !== null)
      await target.ended(await target.rapi.deleteInstance(name));
  });

  it('is created', async () => {
    const { rapi, cluster } = target;
    const nics = [{ name: 'n0', link: cluster.link }];
    const reason = `create-${name}`;
    const id = await rapi.createInstance(target.instance(name, { nics, start: true, tags: ['t:1'] }), {
      reason,
    });
    const job = await target.done(id);
    expect([job.summary, job.opresult]).toEqual([[`INSTANCE_CREATE(${name})`], [[cluster.node]]]);
    const [op] = job.ops;
    const extra = FILE_TEMPLATES.includes(cluster.template) ? ['file_driver'] : [];
    expect(Object.keys(op ?? {}).sort()).toEqual([...CREATE_KEYS, ...extra].sort());
    expect(op).toMatchObject({
      OP_ID: 'OP_INSTANCE_CREATE',
      pnode: cluster.node,
      source_shutdown_timeout: 120,
      compress: 'none',
    });
    expect(op?.reason?.[0]?.slice(0, 2)).toEqual(['gnt:user', reason]);
    const log = job.oplog[0]?.map(([, , , text]) => text) ?? [];
    expect(log).toEqual(
      expect.arrayContaining([`adding instance ${name} to cluster config`, '* starting instance...']),
    );
  });

  it('shows itself', async () => {
    const { cluster } = target;
    const { value } = await target.raw('GET', `/2/instances/${name}`);
    expect(Object.keys(value as object).sort()).toEqual(INSTANCE_KEYS);
    expect(value).toMatchObject({
      ...{
        name,
        os: cluster.os,
        pnode: cluster.node,
        snodes: [],
        disk_template: cluster.template,
        tags: ['t:1'],
      },
      ...{ admin_state: 'up', status: 'running', oper_state: true, oper_ram: 64, oper_vcpus: 1 },
      ...{
        'nic.names': ['n0'],
        'nic.ips': [null],
        'nic.modes': ['bridged'],
        'nic.links': [cluster.link],
        'nic.bridges': [cluster.link],
      },
      ...{ 'nic.networks': [null], 'nic.networks.names': [null], custom_nicparams: [{ link: cluster.link }] },
      ...{ custom_beparams: { minmem: 64, maxmem: 64 }, custom_hvparams: {} },
      beparams: {
        minmem: 64,
        maxmem: 64,
        vcpus: 1,
        auto_balance: true,
        always_failover: false,
        spindle_use: 1,
        memory: 64,
      },
    });
    const list = await target.raw('GET', '/2/instances');
    expect(list.value).toContainEqual({ id: name, uri: `/2/instances/${name}` });
    expect((await target.rapi.instances()).map((one) => one.name)).toContain(name);
  });

  it('has a console while it runs', async () => {
    const console = await target.rapi.console(name);
    expect(console).toMatchObject({ instance: name, kind: expect.stringMatching(/^(msg|ssh)$/) as string });
  });

  it('stops, and stopping it again succeeds', async () => {
    const { rapi } = target;
    const job = await target.done(await rapi.shutdownInstance(name, { timeoutS: 5 }));
    expect([job.opresult, job.ops[0]?.timeout, job.ops[0]?.admin_state_source]).toEqual([[null], 5, 'admin']);
    const stopped = {
      admin_state: 'down',
      status: 'ADMIN_down',
      oper_state: false,
      oper_ram: null,
      oper_vcpus: null,
    };
    expect(await rapi.getInstance(name)).toMatchObject(stopped);
    await target.done(await rapi.shutdownInstance(name));
    const console = await target.raw('GET', `/2/instances/${name}/console`);
    expect([console.status, console.value]).toEqual([
      503,
      expect.objectContaining({ message: 'Instance console unavailable' }),
    ]);
  });

  it('starts, and starting it again succeeds', async () => {
    const { rapi } = target;
    const job = await target.done(await rapi.startInstance(name));
    expect(job.opresult).toEqual([null]);
    const { uuid } = await rapi.getInstance(name);
    expect(job.ops[0]).toMatchObject({
      OP_ID: 'OP_INSTANCE_STARTUP',
      instance_name: name,
      instance_uuid: uuid,
      force: false,
    });
    await target.done(await rapi.startInstance(name));
    expect(await rapi.getInstance(name)).toMatchObject({ status: 'running' });
  });

  it('reboots', async () => {
    const job = await target.done(await target.rapi.rebootInstance(name, { type: 'hard', timeoutS: 0 }));
    expect(job.ops[0]).toMatchObject({
      OP_ID: 'OP_INSTANCE_REBOOT',
      reboot_type: 'hard',
      shutdown_timeout: 0,
    });
    expect(await target.rapi.getInstance(name)).toMatchObject({ status: 'running' });
  });

  it('changes its parameters and NICs', async () => {
    const { rapi, cluster } = target;
    const job = await target.done(await rapi.modifyInstance(name, { beparams: { vcpus: 2 } }));
    expect(job.opresult).toEqual([[['be/vcpus', 2]]]);
    const added = await target.done(
      await rapi.modifyInstance(name, { nics: [['add', -1, { link: cluster.link, name: 'n1' }]] }),
    );
    const text = new RegExp(`^add:mac=[0-9a-f:]{17},ip=None,mode=bridged,link=${cluster.link},network=None$`);
    expect(added.opresult).toEqual([[['nic.1', expect.stringMatching(text)]]]);
    expect(await rapi.getInstance(name)).toMatchObject({ 'nic.names': ['n0', 'n1'] });
    const removed = await target.done(await rapi.modifyInstance(name, { nics: [['remove', 'n1', {}]] }));
    expect(removed.opresult).toEqual([[['NIC/1', 'remove']]]);
    const failure = await target.failed(await rapi.modifyInstance(name, {}));
    expect(failure).toEqual({ type: 'OpPrereqError', message: 'No changes submitted', code: 'wrong_input' });
    const missing = await target.failed(
      await rapi.modifyInstance(name, { nics: [['remove', 'nosuch', {}]] }),
    );
    expect(missing).toMatchObject({ type: 'OpPrereqError', code: 'unknown_entity' });
  });

  it('grows its disk', async () => {
    const { rapi, cluster } = target;
    if (cluster.template === 'diskless') return;
    const job = await target.done(await rapi.growDisk(name, { index: 0, amountMib: 16 }));
    expect(job.oplog[0]?.[0]?.[3]).toBe(`Growing disk 0 of instance '${name}' by 16M to 32M`);
    expect(await rapi.getInstance(name)).toMatchObject({ 'disk.sizes': [32], 'disk.names': [`${name}-d0`] });
  });

  it('has a name that nobody else can have', async () => {
    expect(await target.failed(await target.rapi.createInstance(target.instance(name)))).toEqual({
      type: 'OpPrereqError',
      message: `Instance '${name}' is already in the cluster`,
      code: 'already_exists',
    });
  });

  it('is removed', async () => {
    const job = await target.done(await target.rapi.deleteInstance(name, { timeoutS: 0 }));
    expect(job.ops[0]).toMatchObject({
      OP_ID: 'OP_INSTANCE_REMOVE',
      shutdown_timeout: 0,
      ignore_failures: false,
    });
    expect(await target.rapi.findInstance(name)).toBeNull();
  });
});

describe('jobs about what is not there or cannot be', () => {
  it.each<[string, (target: Target) => Promise<number>]>([
    ['start', ({ rapi }) => rapi.startInstance('nosuch')],
    ['stop', ({ rapi }) => rapi.shutdownInstance('nosuch')],
    ['reboot', ({ rapi }) => rapi.rebootInstance('nosuch')],
    ['modify', ({ rapi }) => rapi.modifyInstance('nosuch', { beparams: { vcpus: 1 } })],
    ['remove', ({ rapi }) => rapi.deleteInstance('nosuch')],
    ['grow', ({ rapi }) => rapi.growDisk('nosuch', { index: 0, amountMib: 1 })],
    ['tag', ({ rapi }) => rapi.addTags({ kind: 'instance', name: 'nosuch' }, ['a'])],
  ])('%s an unknown instance', async (_what, call) => {
    const unknown = { type: 'OpPrereqError', message: "Instance 'nosuch' not known", code: 'unknown_entity' };
    expect(await target.failed(await call(target))).toEqual(unknown);
  });

  it('a name that does not resolve, when that is to be checked', async () => {
    const name = `nosuch-${target.name()}`;
    const failure = await target.failed(
      await target.rapi.createInstance(target.instance(name, { name_check: true })),
    );
    expect(failure).toMatchObject({ type: 'OpPrereqError', code: 'resolver_error' });
    expect(failure.message).toMatch(`The given name (${name}) does not resolve: `);
  });

  it('a hypervisor that the cluster has not', async () => {
    const failure = await target.failed(
      await target.rapi.createInstance(target.instance(target.name(), { hypervisor: 'lxc' })),
    );
    expect(failure).toMatchObject({ type: 'OpPrereqError', code: 'wrong_state' });
    expect(failure.message).toMatch(/^Selected hypervisor \(lxc\) not enabled in the cluster \(/);
  });

  it('an operating system that the node has not', async () => {
    const { rapi, cluster } = target;
    const failure = await target.failed(
      await rapi.createInstance(target.instance(target.name(), { os_type: 'nosuch+x' })),
    );
    const where = `OS Parameters validation failed on node ${cluster.node}`;
    const message = `${where}: Directory for OS nosuch not found in search path`;
    expect(failure).toEqual({ type: 'OpExecError', message, code: null });
  });

  it('a disk without provider, or of a provider that the node has not', async () => {
    const { rapi } = target;
    const ext = (name: string, disk: object): ReturnType<Target['instance']> =>
      target.instance(name, {
        disk_template: 'ext',
        hypervisor: 'kvm',
        beparams: { minmem: 128, maxmem: 128 },
        disks: [{ size: 16, ...disk }],
      });
    const missing = await target.failed(await rapi.createInstance(ext(target.name(), {})));
    expect(missing).toEqual({
      type: 'OpPrereqError',
      message: "Missing provider for template 'ext'",
      code: 'wrong_input',
    });
    const name = target.name();
    const unknown = await target.failed(await rapi.createInstance(ext(name, { provider: 'nosuch' })));
    expect(unknown.type).toBe('OpExecError');
    expect(unknown.message).toMatch(
      /^Can't create block device <Disk\(type=ext, logical_id=\('nosuch', '[0-9a-f-]{36}\.ext\.disk0'\), children=None, visible as \/dev\/disk\/0, size=16m\)> on node .* for instance .*: Can't create block device: Directory for External Storage Provider nosuch not found in search path$/,
    );
    expect(await rapi.findInstance(name)).toBeNull();
  });

  it('userspace access with a hypervisor that cannot', async () => {
    const disks = [{ size: 16, provider: 'nosuch', access: 'userspace' }] as const;
    const instance = target.instance(target.name(), { disk_template: 'ext', hypervisor: 'fake', disks });
    expect(await target.failed(await target.rapi.createInstance(instance))).toMatchObject({
      message: 'Selected hypervisor (fake) cannot be used with userspace disk access param',
      code: 'wrong_state',
    });
  });
});
