import type { Logger } from '@synnefo/runtime';
import type { ClusterStore, InstanceConfig, NetworkConfig } from '../cluster/cluster-config.js';
import type { Guests } from '../guest/guests.js';
import type { Disks } from '../storage/disks.js';
import { OpError } from './op-error.js';

/** What opcodes work with. */
export interface OpContext {
  readonly cluster: ClusterStore;
  readonly guests: Guests;
  readonly disks: Disks;
  readonly operatingSystems: readonly string[];
  readonly logger: Logger;
}

/** One opcode's work. `log` adds to the job's log. @returns the opcode's result. @throws OpError */
export type Execute<P> = (context: OpContext, parameters: P, log: (text: string) => void) => Promise<unknown>;

/** @throws OpError unknown_entity */
export function getInstance(context: Pick<OpContext, 'cluster'>, name: string): InstanceConfig {
  const instance = context.cluster.findInstance(name);
  if (instance === null) throw OpError.prereq(`Instance '${name}' not known`, 'unknown_entity');
  return instance;
}

/** @throws OpError unknown_entity */
export function getNetwork(context: Pick<OpContext, 'cluster'>, name: string): NetworkConfig {
  const network = context.cluster.findNetwork(name);
  if (network === null) throw OpError.prereq(`Network '${name}' not found`, 'unknown_entity');
  return network;
}
