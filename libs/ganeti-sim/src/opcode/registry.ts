/** The opcodes that the simulator executes. */
import type { Hooks } from '../hook/hooks.js';
import type { OpRunner } from '../job/job-queue.js';
import type { OpRecord } from '../job/job.js';
import type { Execute, OpContext } from './context.js';
import { createInstance } from './instance-create.js';
import { modifyInstance } from './instance-modify.js';
import {
  growDisk,
  rebootInstance,
  removeInstance,
  shutdownInstance,
  startInstance,
} from './instance-power.js';
import { addNetwork, connectNetwork, disconnectNetwork, modifyNetwork, removeNetwork } from './network.js';
import { OpError } from './op-error.js';
import { deleteTags, setTags } from './tags.js';

const clusterSetParams: Execute<unknown> = async () => null;

const osDiagnose: Execute<unknown> = async ({ operatingSystems }) => {
  const variants = new Map<string, string[]>();
  for (const os of operatingSystems) {
    const [name = os, variant] = os.split('+');
    variants.set(name, [...(variants.get(name) ?? []), ...(variant === undefined ? [] : [variant])]);
  }
  return [...variants];
};

// Each function takes the parameters of its own opcode; fillOpcode has checked them against the opcode's table.
const EXECUTORS: Readonly<Record<string, Execute<never>>> = {
  OP_INSTANCE_CREATE: createInstance,
  OP_INSTANCE_REMOVE: removeInstance,
  OP_INSTANCE_STARTUP: startInstance,
  OP_INSTANCE_SHUTDOWN: shutdownInstance,
  OP_INSTANCE_REBOOT: rebootInstance,
  OP_INSTANCE_SET_PARAMS: modifyInstance,
  OP_INSTANCE_GROW_DISK: growDisk,
  OP_NETWORK_ADD: addNetwork,
  OP_NETWORK_REMOVE: removeNetwork,
  OP_NETWORK_CONNECT: connectNetwork,
  OP_NETWORK_DISCONNECT: disconnectNetwork,
  OP_NETWORK_SET_PARAMS: modifyNetwork,
  OP_TAGS_SET: setTags,
  OP_TAGS_DEL: deleteTags,
  OP_CLUSTER_SET_PARAMS: clusterSetParams,
  OP_OS_DIAGNOSE: osDiagnose,
};

export function opRunner(context: OpContext, hooks: Hooks): OpRunner {
  return {
    summary: (op) => {
      const name = op.instance_name ?? op.network_name;
      const words = op.OP_ID.replace(/^OP_/, '');
      return typeof name === 'string' ? `${words}(${name})` : words;
    },
    locks: locksOf,
    execute: async (op, log) => {
      const execute = EXECUTORS[op.OP_ID];
      if (execute === undefined) throw OpError.exec(`Opcode ${op.OP_ID} is not simulated`);
      return hooks.around(op, log, () => execute(context, op as never, log));
    },
  };
}

function locksOf(op: OpRecord): string[] {
  if (typeof op.instance_name === 'string') return [`instance/${op.instance_name}`];
  if (typeof op.network_name === 'string') return [`network/${op.network_name}`];
  return typeof op.kind === 'string' ? [`${op.kind}/${typeof op.name === 'string' ? op.name : ''}`] : [];
}
