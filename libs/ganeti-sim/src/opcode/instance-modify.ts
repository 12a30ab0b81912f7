/** OP_INSTANCE_SET_PARAMS: NICs, disks, parameters. Changes to a running guest's disks reach it by hotplug, when asked. */
import type { DiskConfig, InstanceConfig } from '../cluster/cluster-config.js';
import { nicParams } from '../cluster/views.js';
import type { NewDisk } from '../storage/disks.js';
import { type Execute, type OpContext } from './context.js';
import { normalBeparams, resolveInstance } from './instance-power.js';
import { changeNic, type NicRequest, nicText, planNic } from './nics.js';
import { OpError } from './op-error.js';

type ItemChange<T> = readonly [operation: string, identifier: number | string, parameters: T];
type Result = [item: string, value: unknown][];

export interface ModifyParameters {
  readonly instance_name: string;
  readonly nics: readonly ItemChange<NicRequest>[];
  readonly disks: readonly ItemChange<NewDisk>[];
  readonly beparams: Readonly<Record<string, number | boolean>>;
  readonly hvparams: Readonly<Record<string, unknown>>;
  readonly osparams: Readonly<Record<string, unknown>>;
  readonly os_name?: string;
  readonly offline?: boolean;
  readonly hotplug: boolean;
  readonly hotplug_if_possible: boolean;
}

interface Work {
  readonly context: OpContext;
  readonly instance: InstanceConfig;
  readonly op: ModifyParameters;
  readonly log: (text: string) => void;
  readonly result: Result;
}

export const modifyInstance: Execute<ModifyParameters> = async (context, op, log) => {
  assertChanges(op);
  const instance = resolveInstance(context, op);
  const work: Work = { context, instance, op, log, result: [] };
  assertPossible(work);
  for (const change of op.disks) await changeOneDisk(work, change);
  for (const change of op.nics) changeOneNic(work, change);
  changeParameters(work);
  context.cluster.saveChanged(instance);
  return work.result;
};

function assertChanges(op: ModifyParameters): void {
  const { nics, disks, beparams, hvparams, osparams } = op;
  const counts = [
    nics.length,
    disks.length,
    ...[beparams, hvparams, osparams].map((dict) => Object.keys(dict).length),
  ];
  const hasSome = counts.some((count) => count > 0) || op.os_name !== undefined || op.offline !== undefined;
  if (!hasSome) throw OpError.prereq('No changes submitted', 'wrong_input');
}

function assertPossible({ context, instance, op }: Work): void {
  const isRunning = context.guests.isRunning(instance);
  if (op.hotplug && instance.hypervisor !== 'kvm') {
    const words = 'Hotplug is not possible: Hotplug is not supported by this hypervisor';
    throw OpError.prereq(words, 'wrong_state');
  }
  if (op.offline === true && isRunning) {
    throw OpError.prereq(
      `Instance '${instance.name}' is marked to be up, cannot change to offline`,
      'wrong_state',
    );
  }
}

async function changeOneDisk(work: Work, change: ItemChange<NewDisk>): Promise<void> {
  const { context, instance, log, result } = work;
  const [operation, identifier, parameters] = change;
  if (operation === 'add') return addDisk(work, identifier, parameters);
  if (operation === 'attach') return attachDisk(work, identifier, parameters);
  const index = indexOf('disk', instance.disks, identifier);
  const disk = instance.disks[index];
  if (disk === undefined) throw OpError.prereq(`Invalid disk index: ${identifier}`, 'wrong_input');
  if (operation === 'modify') {
    if (typeof parameters.name === 'string') disk.name = parameters.name;
    if (typeof parameters.mode === 'string') disk.mode = parameters.mode;
    result.push([`disk.name/${index}`, disk.name]);
    return;
  }
  const unplugged = await hotplug(work, () => context.guests.unplugDisk(instance, disk));
  result.push([`disk/${index}`, operation], ...hotplugResult(`disk/${index}`, unplugged));
  if (operation === 'detach') {
    await context.disks.deactivate(disk, instance.diskTemplate);
    context.cluster.config.detachedDisks.push({ ...disk, diskTemplate: instance.diskTemplate });
  } else {
    await context.disks.remove(disk, instance.diskTemplate);
  }
  instance.disks.splice(index, 1);
  if (instance.disks.length === 0) log(' - INFO: Instance has no disks left');
}

async function addDisk(work: Work, identifier: number | string, parameters: NewDisk): Promise<void> {
  const { context, instance, log, result } = work;
  const index = insertionIndex(instance.disks, identifier);
  const disk = context.disks.plan(parameters, instance.diskTemplate, instance.disks.length);
  if (instance.diskTemplate === 'diskless')
    throw OpError.prereq('Cannot add a disk to a diskless instance', 'wrong_state');
  log(`* disk ${index}, size ${disk.sizeMib}M`);
  await context.disks.create(disk, instance.diskTemplate);
  await context.disks.setInfo(disk, instance.diskTemplate, instance.name);
  instance.disks.splice(index, 0, disk);
  context.cluster.saveChanged(instance);
  result.push([`disk/${index}`, `add:size=${disk.sizeMib},mode=${disk.mode}`]);
  result.push(...hotplugResult(`disk/${index}`, await plug(work, disk)));
}

async function attachDisk(work: Work, identifier: number | string, parameters: NewDisk): Promise<void> {
  const { context, instance, result } = work;
  const { detachedDisks } = context.cluster.config;
  const found = detachedDisks.find(
    (one) => one.uuid === parameters.uuid || (one.name !== null && one.name === parameters.name),
  );
  if (found === undefined) {
    throw OpError.prereq(
      `Disk '${String(parameters.uuid ?? parameters.name)}' is not known or not detached`,
      'unknown_entity',
    );
  }
  const { diskTemplate: _template, ...disk } = found;
  const index = insertionIndex(instance.disks, identifier);
  instance.disks.splice(index, 0, disk);
  context.cluster.config.detachedDisks = detachedDisks.filter((one) => one !== found);
  context.cluster.saveChanged(instance);
  result.push([`disk/${index}`, `attach:size=${disk.sizeMib},mode=${disk.mode}`]);
  result.push(...hotplugResult(`disk/${index}`, await plug(work, disk)));
}

function plug(work: Work, disk: DiskConfig): Promise<boolean | null> {
  const { context, instance } = work;
  return hotplug(work, async () => {
    const source = await context.disks.activate(disk, instance.diskTemplate, instance.hypervisor);
    if (source !== null) await context.guests.plugDisk(instance, source);
  });
}

function changeOneNic(work: Work, change: ItemChange<NicRequest>): void {
  const { context, instance, result } = work;
  const [operation, identifier, parameters] = change;
  if (operation === 'add') return addNic(work, identifier, parameters);
  const index = indexOf('NIC', instance.nics, identifier);
  const nic = instance.nics[index];
  if (nic === undefined) throw OpError.prereq(`Invalid NIC index: ${identifier}`, 'wrong_input');
  if (operation === 'modify') {
    changeNic(context.cluster, nic, parameters);
    for (const [key, value] of Object.entries(parameters)) result.push([`nic.${key}/${index}`, value]);
    return;
  }
  instance.nics.splice(index, 1);
  result.push([`NIC/${index}`, operation], ...nicHotplug(work, `NIC/${index}`));
}

function addNic(work: Work, identifier: number | string, parameters: NicRequest): void {
  const { context, instance, result } = work;
  const nic = planNic(context.cluster, parameters, []);
  const index = insertionIndex(instance.nics, identifier);
  instance.nics.splice(index, 0, nic);
  const network = nic.network === null ? null : context.cluster.findNetwork(nic.network);
  const text = nicText(nic, nicParams(nic, network), network?.name ?? null);
  result.push([`nic.${index}`, `add:${text}`], ...nicHotplug(work, `nic.${index}`));
}

/** NICs carry no packets: a running guest sees the change at its next start. */
function nicHotplug({ context, instance, op }: Work, item: string): Result {
  const isAsked = op.hotplug || op.hotplug_if_possible;
  const isDone = isAsked && instance.hypervisor === 'kvm' && context.guests.isRunning(instance);
  return hotplugResult(item, isDone ? true : null);
}

function changeParameters({ instance, op, result }: Work): void {
  const beparams = normalBeparams(op.beparams);
  instance.beparams = { ...instance.beparams, ...beparams };
  for (const [key, value] of Object.entries(beparams)) result.push([`be/${key}`, value]);
  instance.hvparams = { ...instance.hvparams, ...op.hvparams };
  for (const [key, value] of Object.entries(op.hvparams)) result.push([`hv/${key}`, value]);
  if (op.os_name !== undefined) instance.os = op.os_name;
  if (op.offline !== undefined) {
    instance.adminState = op.offline ? 'offline' : 'down';
    result.push(['admin_state', instance.adminState]);
  }
}

/** @returns whether it worked; null when it was not tried */
async function hotplug(
  { context, instance, op, log }: Work,
  work: () => Promise<void>,
): Promise<boolean | null> {
  if (!(op.hotplug || op.hotplug_if_possible) || !context.guests.isRunning(instance)) return null;
  if (instance.hypervisor !== 'kvm') {
    log(' - WARNING: Hotplug is not possible: Hotplug is not supported by this hypervisor');
    return null;
  }
  log(' - INFO: Trying to hotplug device...');
  try {
    await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log(` - WARNING: Could not hotplug device: ${reason}`);
    log(' - INFO: Continuing execution..');
    return false;
  }
  log(' - INFO: Hotplug done.');
  return true;
}

function hotplugResult(item: string, worked: boolean | null): Result {
  return worked === null ? [] : [[item, worked ? 'hotplug:done' : 'hotplug:failed']];
}

/** By index (-1 is the last), name or uuid. */
function indexOf(
  kind: 'disk' | 'NIC',
  items: readonly { readonly name: string | null; readonly uuid: string }[],
  identifier: number | string,
): number {
  const number = Number(identifier);
  const index = Number.isInteger(number)
    ? number === -1
      ? items.length - 1
      : number
    : items.findIndex((item) => item.name === identifier || item.uuid === identifier);
  if (index >= 0 && index < items.length) return index;
  throw OpError.prereq(
    `Cannot find ${kind} with identifier ${identifier}`,
    Number.isInteger(number) ? 'wrong_input' : 'unknown_entity',
  );
}

function insertionIndex(items: readonly unknown[], identifier: number | string): number {
  const index = Number(identifier);
  return Number.isInteger(index) && index >= 0 && index < items.length ? index : items.length;
}
