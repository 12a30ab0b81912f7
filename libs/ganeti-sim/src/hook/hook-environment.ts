/** The variables of a hook without their prefix, as a cluster of 3.0.2 sets them. Pure. */
import type { ClusterStore, InstanceConfig, NetworkConfig } from '../cluster/cluster-config.js';
import { beparamsOf, nicParams } from '../cluster/views.js';
import type { OpRecord } from '../job/job.js';

type Variables = Record<string, string>;

/** @returns null when the operation's object is not as it must be: a hook would not be called */
export function hookVariables(op: OpRecord, cluster: ClusterStore): Variables | null {
  if (op.OP_ID.startsWith('OP_INSTANCE_')) return ofInstanceOp(op, cluster);
  if (op.OP_ID.startsWith('OP_NETWORK_')) return ofNetworkOp(op, cluster);
  return {};
}

function ofInstanceOp(op: OpRecord, cluster: ClusterStore): Variables | null {
  const name = textOf(op.instance_name);
  const instance = cluster.findInstance(name);
  const own = ofOperation(op);
  if (instance !== null) return { ...own, OP_TARGET: instance.name, ...instanceVariables(instance, cluster) };
  return op.OP_ID === 'OP_INSTANCE_CREATE' ? { ...own, OP_TARGET: name, INSTANCE_NAME: name } : null;
}

/** Connecting and disconnecting say which group, not which network (so does Ganeti). */
function ofNetworkOp(op: OpRecord, cluster: ClusterStore): Variables | null {
  const name = textOf(op.network_name);
  const network = cluster.findNetwork(name);
  if (op.OP_ID === 'OP_NETWORK_CONNECT' || op.OP_ID === 'OP_NETWORK_DISCONNECT')
    return network === null ? null : groupVariables(op);
  if (network !== null) return networkVariables(network);
  return op.OP_ID === 'OP_NETWORK_ADD' ? { NETWORK_NAME: name } : null;
}

function groupVariables(op: OpRecord): Variables {
  const variables = { GROUP_NAME: textOf(op.group_name) };
  if (op.OP_ID === 'OP_NETWORK_DISCONNECT') return variables;
  return {
    ...variables,
    GROUP_NETWORK_MODE: textOf(op.network_mode),
    GROUP_NETWORK_LINK: textOf(op.network_link),
    GROUP_NETWORK_VLAN: textOf(op.network_vlan),
  };
}

function ofOperation(op: OpRecord): Variables {
  switch (op.OP_ID) {
    case 'OP_INSTANCE_CREATE':
      return { ADD_MODE: textOf(op.mode) };
    case 'OP_INSTANCE_SHUTDOWN':
      return { TIMEOUT: textOf(op.timeout) };
    case 'OP_INSTANCE_REMOVE':
      return { SHUTDOWN_TIMEOUT: textOf(op.shutdown_timeout) };
    default:
      return {};
  }
}

function instanceVariables(instance: InstanceConfig, cluster: ClusterStore): Variables {
  const beparams = beparamsOf(instance);
  const be = Object.entries(beparams).map(([name, value]) => [`BE_${name}`, pythonText(value)] as const);
  const hv = Object.entries(instance.hvparams).map(
    ([name, value]) => [`HV_${name}`, pythonText(value)] as const,
  );
  const variables: Variables = {
    NAME: instance.name,
    PRIMARY: 'node1',
    SECONDARIES: '',
    OS_TYPE: instance.os,
    STATUS: instance.adminState === 'up' ? 'up' : 'down',
    MINMEM: String(beparams.minmem),
    MAXMEM: String(beparams.maxmem),
    MEMORY: String(beparams.maxmem),
    VCPUS: String(beparams.vcpus),
    DISK_TEMPLATE: instance.diskTemplate,
    HYPERVISOR: instance.hypervisor,
    TAGS: instance.tags.join(' '),
    NIC_COUNT: String(instance.nics.length),
    DISK_COUNT: String(instance.disks.length),
    ...Object.fromEntries([...be, ...hv]),
  };
  for (const [index, nic] of nicLists(instance, cluster).entries())
    for (const [name, value] of Object.entries(nic)) variables[`NIC${index}_${name}`] = value;
  for (const [index, disk] of diskLists(instance).entries())
    for (const [name, value] of Object.entries(disk)) variables[`DISK${index}_${name}`] = value;
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [`INSTANCE_${name}`, value]));
}

function nicLists(instance: InstanceConfig, cluster: ClusterStore): Variables[] {
  return instance.nics.map((nic) => {
    const network = nic.network === null ? null : cluster.findNetwork(nic.network);
    const { mode, link, vlan } = nicParams(nic, network);
    return {
      UUID: nic.uuid,
      IP: nic.ip ?? '',
      MAC: nic.mac,
      MODE: mode,
      LINK: link,
      VLAN: vlan,
      ...(nic.name === null ? {} : { NAME: nic.name }),
      ...(mode === 'bridged' ? { BRIDGE: link } : {}),
      ...(network === null ? {} : { ...networkVariables(network), NETWORK_UUID: network.uuid }),
    };
  });
}

function diskLists(instance: InstanceConfig): Variables[] {
  return instance.disks.map((disk) => ({
    UUID: disk.uuid,
    SIZE: String(disk.sizeMib),
    MODE: disk.mode,
    DEV_TYPE: instance.diskTemplate,
    ...(disk.name === null ? {} : { NAME: disk.name }),
    ...(disk.volume === null ? {} : { ID: disk.volume }),
    ...(disk.params.provider === undefined ? {} : { PROVIDER: disk.params.provider }),
  }));
}

function networkVariables(network: NetworkConfig): Variables {
  const optional = {
    NETWORK_GATEWAY: network.gateway,
    NETWORK_SUBNET6: network.network6,
    NETWORK_GATEWAY6: network.gateway6,
    NETWORK_MAC_PREFIX: network.macPrefix,
  };
  const given = Object.entries(optional).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  );
  return {
    NETWORK_NAME: network.name,
    NETWORK_SUBNET: network.network,
    NETWORK_TAGS: network.tags.join(' '),
    ...Object.fromEntries(given),
  };
}

/** As Python's `str`. */
function pythonText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value === null ? 'None' : textOf(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
