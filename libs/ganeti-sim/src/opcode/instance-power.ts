import type { InstanceConfig } from '../cluster/cluster-config.js';
import type { DiskSource } from '../storage/disks.js';
import { type Execute, getInstance, type OpContext } from './context.js';
import { OpError } from './op-error.js';

interface Named {
  readonly instance_name: string;
  instance_uuid?: string;
}

/** @returns the instance; its uuid is added to the opcode, as on a real cluster */
export function resolveInstance(context: OpContext, op: Named): InstanceConfig {
  const instance = getInstance(context, op.instance_name);
  op.instance_uuid = instance.uuid;
  return instance;
}

/** `memory` stands for both of its bounds. */
export function normalBeparams(
  given: Readonly<Record<string, number | boolean>>,
): Record<string, number | boolean> {
  const { memory, ...rest } = given;
  return memory === undefined ? rest : { ...rest, minmem: memory, maxmem: memory };
}

/** Makes the disks available and starts the guest. @throws OpError */
export async function startGuest(context: OpContext, instance: InstanceConfig): Promise<void> {
  const sources: DiskSource[] = [];
  for (const disk of instance.disks) {
    const source = await context.disks.activate(disk, instance.diskTemplate, instance.hypervisor);
    if (source !== null) sources.push(source);
  }
  await context.guests.start(instance, sources);
}

/** Stops the guest and lets go of the disks. */
export async function stopGuest(
  context: OpContext,
  instance: InstanceConfig,
  timeoutS: number,
): Promise<void> {
  await context.guests.stop(instance, timeoutS);
  for (const disk of instance.disks) await context.disks.deactivate(disk, instance.diskTemplate);
}

/** OP_INSTANCE_STARTUP; a running instance stays as it is. */
export const startInstance: Execute<Named & { dry_run?: boolean; no_remember: boolean }> = async (
  context,
  op,
) => {
  const instance = resolveInstance(context, op);
  if (instance.adminState === 'offline') {
    throw OpError.prereq(
      `Instance '${instance.name}' is marked to be offline, cannot use this operation`,
      'wrong_state',
    );
  }
  if (op.dry_run === true) return null;
  if (!op.no_remember) setAdminState(context, instance, 'up');
  if (!context.guests.isRunning(instance)) await startGuest(context, instance);
  return null;
};

/** OP_INSTANCE_SHUTDOWN; a stopped instance stays as it is. */
export const shutdownInstance: Execute<
  Named & { dry_run?: boolean; timeout: number; no_remember: boolean }
> = async (context, op) => {
  const instance = resolveInstance(context, op);
  if (op.dry_run === true) return null;
  if (!op.no_remember && instance.adminState === 'up') setAdminState(context, instance, 'down');
  await stopGuest(context, instance, op.timeout);
  return null;
};

/** OP_INSTANCE_REBOOT: stop and start; a stopped instance is started. */
export const rebootInstance: Execute<Named & { dry_run?: boolean; shutdown_timeout: number }> = async (
  context,
  op,
) => {
  const instance = resolveInstance(context, op);
  if (instance.adminState === 'offline') {
    throw OpError.prereq(
      `Instance '${instance.name}' is marked to be offline, cannot use this operation`,
      'wrong_state',
    );
  }
  if (op.dry_run === true) return null;
  if (context.guests.isRunning(instance)) await context.guests.stop(instance, op.shutdown_timeout);
  await startGuest(context, instance);
  setAdminState(context, instance, 'up');
  return null;
};

/** OP_INSTANCE_REMOVE: the instance and its disks. */
export const removeInstance: Execute<
  Named & { dry_run?: boolean; shutdown_timeout: number; ignore_failures: boolean }
> = async (context, op) => {
  const instance = resolveInstance(context, op);
  if (op.dry_run === true) return null;
  await context.guests.stop(instance, op.shutdown_timeout);
  for (const [index, disk] of instance.disks.entries()) {
    try {
      await context.disks.remove(disk, instance.diskTemplate);
    } catch (error) {
      if (op.ignore_failures) continue;
      const reason = error instanceof Error ? error.message : String(error);
      context.logger.warn({ err: error, instance: instance.name, disk: index }, 'disk could not be removed');
      throw OpError.exec(`Can't remove instance's disks: ${reason}`);
    }
  }
  const { [instance.name]: _removed, ...others } = context.cluster.config.instances;
  context.cluster.config.instances = others;
  context.cluster.save();
  return null;
};

/** OP_INSTANCE_GROW_DISK */
export const growDisk: Execute<Named & { disk: number; amount: number; absolute: boolean }> = async (
  context,
  op,
  log,
) => {
  const instance = resolveInstance(context, op);
  const disk = instance.disks[op.disk];
  if (disk === undefined) throw OpError.prereq(`Invalid disk index: ${op.disk}`, 'wrong_input');
  const newSizeMib = op.absolute ? op.amount : disk.sizeMib + op.amount;
  if (newSizeMib < disk.sizeMib)
    throw OpError.prereq('Requested size is smaller than current disk size', 'wrong_state');
  const amount = newSizeMib - disk.sizeMib;
  log(`Growing disk ${op.disk} of instance '${instance.name}' by ${amount}M to ${newSizeMib}M`);
  await context.disks.grow(disk, instance.diskTemplate, newSizeMib);
  disk.sizeMib = newSizeMib;
  context.cluster.saveChanged(instance);
  log(` - INFO: Waiting for instance ${instance.name} to sync disks`);
  log(` - INFO: Instance ${instance.name}'s disks are in sync`);
  return null;
};

function setAdminState(
  context: OpContext,
  instance: InstanceConfig,
  state: InstanceConfig['adminState'],
): void {
  if (instance.adminState === state) return;
  instance.adminState = state;
  context.cluster.saveChanged(instance);
}
