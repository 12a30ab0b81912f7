import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import {
  type DiskConfig,
  type InstanceConfig,
  type NicConfig,
  NODE_NAME,
  seconds,
} from '../cluster/cluster-config.js';
import { HYPERVISORS } from '../cluster/defaults.js';
import type { NewDisk } from '../storage/disks.js';
import type { Execute, OpContext } from './context.js';
import { normalBeparams, startGuest } from './instance-power.js';
import { type NicRequest, planNic } from './nics.js';
import { OpError } from './op-error.js';

export interface CreateParameters {
  readonly OP_ID: string;
  instance_name: string;
  readonly name_check: boolean;
  readonly disk_template?: string;
  readonly disks: readonly NewDisk[];
  readonly nics: readonly NicRequest[];
  readonly beparams: Readonly<Record<string, number | boolean>>;
  readonly hvparams: Readonly<Record<string, unknown>>;
  hypervisor?: string;
  readonly os_type?: string;
  readonly no_install?: boolean;
  readonly mode: string;
  pnode?: string;
  pnode_uuid?: string;
  iallocator?: string;
  readonly start: boolean;
  readonly wait_for_sync: boolean;
  readonly tags: readonly string[];
  osparams_private?: object;
  osparams_secret?: object;
  helper_startup_timeout?: number;
  helper_shutdown_timeout?: number;
  file_driver?: string;
}

/** Addresses of creates that are under way: taken, though in no configuration yet. */
const pendingNics = new Set<NicConfig>();

/** OP_INSTANCE_CREATE. An instance whose start fails stays, as on a real cluster; one whose disks fail does not come to be. */
export const createInstance: Execute<CreateParameters> = async (context, op, log) => {
  const { cluster } = context;
  const template = op.disk_template ?? 'diskless';
  if (op.mode !== 'create')
    throw OpError.prereq(`Instance creation mode ${op.mode} is not simulated`, 'wrong_input');
  op.instance_name = normalName(op.instance_name);
  if (op.name_check) await assertResolves(op.instance_name);
  completeParameters(op, template);
  const disks =
    template === 'diskless' ? [] : op.disks.map((disk, index) => context.disks.plan(disk, template, index));
  chooseHypervisor(op);
  if (cluster.findInstance(op.instance_name) !== null) {
    throw OpError.prereq(`Instance '${op.instance_name}' is already in the cluster`, 'already_exists');
  }
  assertAccess(op, disks);
  const nics = planNics(context, op.nics);
  try {
    placeOnNode(context, op, log);
    assertOs(context, op);
    await createDisks(context, { op, disks, template }, log);
    const instance = addToConfig(context, { op, disks, nics, template });
    log(`adding instance ${instance.name} to cluster config`);
    log('adding disks to cluster config');
    return await finish(context, { op, instance }, log);
  } finally {
    for (const nic of nics) pendingNics.delete(nic);
  }
};

async function finish(
  context: OpContext,
  { op, instance }: { op: CreateParameters; instance: InstanceConfig },
  log: (text: string) => void,
): Promise<string[]> {
  for (const disk of instance.disks) await context.disks.setInfo(disk, instance.diskTemplate, instance.name);
  if (op.wait_for_sync && instance.disks.length > 0) {
    log(` - INFO: Waiting for instance ${instance.name} to sync disks`);
    log(` - INFO: Instance ${instance.name}'s disks are in sync`);
  }
  if (op.os_type !== undefined && op.no_install !== true) log('* running the instance OS create scripts...');
  if (op.start) {
    log('* starting instance...');
    instance.adminState = 'up';
    context.cluster.saveChanged(instance);
    await startGuest(context, instance);
  }
  return [NODE_NAME];
}

/** Names are host names: what is none could not be a file's name either. */
function normalName(name: string): string {
  const lower = name.toLowerCase();
  if (/^[a-z0-9_][a-z0-9._-]{0,254}$/.test(lower)) return lower;
  throw OpError.prereq(`Invalid hostname '${name}'`, 'wrong_input');
}

async function assertResolves(name: string): Promise<void> {
  try {
    await lookup(name);
  } catch {
    const words = `The given name (${name}) does not resolve: Temporary failure in name resolution`;
    throw OpError.prereq(words, 'resolver_error');
  }
}

/** What the master adds to the opcode when it looks at it. */
function completeParameters(op: CreateParameters, template: string): void {
  op.osparams_private ??= {};
  op.osparams_secret ??= {};
  op.helper_startup_timeout ??= 300;
  op.helper_shutdown_timeout ??= 7200;
  if (template === 'file' || template === 'sharedfile') op.file_driver ??= 'loop';
}

function chooseHypervisor(op: CreateParameters): void {
  op.hypervisor ??= HYPERVISORS[0];
  if (!HYPERVISORS.includes(op.hypervisor ?? '')) {
    const words = `Selected hypervisor (${op.hypervisor ?? ''}) not enabled in the cluster (${HYPERVISORS.join(',')})`;
    throw OpError.prereq(words, 'wrong_state');
  }
}

function assertAccess(op: CreateParameters, disks: readonly DiskConfig[]): void {
  if (op.hypervisor === 'kvm' || !disks.some((disk) => disk.params.access === 'userspace')) return;
  const words = `Selected hypervisor (${op.hypervisor ?? ''}) cannot be used with userspace disk access param`;
  throw OpError.prereq(words, 'wrong_state');
}

function planNics(context: OpContext, requests: readonly NicRequest[]): NicConfig[] {
  const nics: NicConfig[] = [];
  try {
    for (const request of requests) {
      const nic = planNic(context.cluster, request, [...pendingNics]);
      nics.push(nic);
      pendingNics.add(nic);
    }
  } catch (error) {
    for (const nic of nics) pendingNics.delete(nic);
    throw error;
  }
  return nics;
}

function placeOnNode(context: OpContext, op: CreateParameters, log: (text: string) => void): void {
  if (op.pnode !== undefined && op.pnode !== NODE_NAME)
    throw OpError.prereq(`Node '${op.pnode}' not known`, 'unknown_entity');
  if (op.pnode === undefined) {
    op.iallocator ??= 'hail';
    log(
      ` - INFO: Selected nodes for instance ${op.instance_name} via iallocator ${op.iallocator}: ${NODE_NAME}`,
    );
  }
  op.pnode = NODE_NAME;
  op.pnode_uuid = context.cluster.config.nodeUuid;
}

function assertOs(context: OpContext, op: CreateParameters): void {
  if (op.os_type === undefined || op.no_install === true || context.operatingSystems.includes(op.os_type))
    return;
  const [name = ''] = op.os_type.split('+');
  const where = `OS Parameters validation failed on node ${NODE_NAME}`;
  throw OpError.exec(`${where}: Directory for OS ${name} not found in search path`);
}

async function createDisks(
  context: OpContext,
  { op, disks, template }: { op: CreateParameters; disks: readonly DiskConfig[]; template: string },
  log: (text: string) => void,
): Promise<void> {
  for (const [index, disk] of disks.entries()) log(`* disk ${index}, size ${disk.sizeMib}M`);
  if (disks.length > 0) log('* creating instance disks...');
  const made: DiskConfig[] = [];
  for (const [index, disk] of disks.entries()) {
    try {
      await context.disks.create(disk, template);
      made.push(disk);
    } catch (error) {
      log(' - WARNING: Device creation failed');
      for (const other of made.reverse()) await context.disks.remove(other, template);
      throw error instanceof OpError
        ? OpError.exec(creationFailure(error.message, { op, disk, index, template }))
        : error;
    }
  }
}

function creationFailure(
  reason: string,
  { op, disk, index, template }: { op: CreateParameters; disk: DiskConfig; index: number; template: string },
): string {
  const logicalId = `('${disk.params.provider ?? template}', '${disk.volume ?? ''}')`;
  const text = `<Disk(type=${template}, logical_id=${logicalId}, children=None, visible as /dev/disk/${index}, size=${disk.sizeMib}m)>`;
  const where = `on node ${NODE_NAME} for instance ${op.instance_name}`;
  return `Can't create block device ${text} ${where}: Can't create block device: ${reason}`;
}

function addToConfig(
  context: OpContext,
  {
    op,
    disks,
    nics,
    template,
  }: { op: CreateParameters; disks: DiskConfig[]; nics: NicConfig[]; template: string },
): InstanceConfig {
  const { cluster } = context;
  const at = seconds();
  const instance: InstanceConfig = {
    name: op.instance_name,
    uuid: randomUUID(),
    os: op.os_type ?? '',
    hypervisor: op.hypervisor ?? '',
    diskTemplate: template,
    adminState: 'down',
    isOn: false,
    disks,
    nics,
    beparams: normalBeparams(op.beparams),
    hvparams: { ...op.hvparams },
    networkPort: op.hypervisor === 'kvm' ? cluster.newPort() : null,
    tags: [...op.tags],
    ctime: at,
    mtime: at,
    serialNo: 1,
  };
  cluster.config.instances[instance.name] = instance;
  cluster.saveChanged(instance);
  return instance;
}
