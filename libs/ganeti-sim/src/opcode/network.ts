import { randomUUID } from 'node:crypto';
import { GROUP_NAME, seconds } from '../cluster/cluster-config.js';
import { contains, numberToIp, parseSubnet } from '../cluster/ip-pool.js';
import { type Execute, getNetwork } from './context.js';
import { OpError } from './op-error.js';

interface Named {
  readonly network_name: string;
  readonly dry_run?: boolean;
}

interface Addresses {
  readonly gateway?: string;
  readonly network6?: string;
  readonly gateway6?: string;
  readonly mac_prefix?: string;
  readonly add_reserved_ips?: readonly string[];
}

/** OP_NETWORK_ADD */
export const addNetwork: Execute<Named & Addresses & { network: string; tags: readonly string[] }> = async (
  { cluster },
  op,
) => {
  const existing = cluster.findNetwork(op.network_name);
  if (existing !== null) {
    const words = `Desired network name '${op.network_name}' already exists as a network (UUID: ${existing.uuid})`;
    throw OpError.prereq(words, 'already_exists');
  }
  if (op.dry_run === true) return null;
  const subnet = parseSubnet(op.network);
  if (subnet === null) throw OpError.prereq(`Invalid network ${op.network}`, 'wrong_input');
  if (op.gateway !== undefined && !contains(subnet, op.gateway)) {
    throw OpError.exec(`Cannot reserve gateway address ${op.gateway} in network ${op.network}`);
  }
  const ends = [subnet.first, subnet.first + subnet.size - 1].map(numberToIp);
  const reserved = [
    ...ends,
    ...(op.gateway === undefined ? [] : [op.gateway]),
    ...(op.add_reserved_ips ?? []),
  ];
  const at = seconds();
  cluster.config.networks[op.network_name] = {
    name: op.network_name,
    uuid: randomUUID(),
    network: op.network,
    gateway: op.gateway ?? null,
    network6: op.network6 ?? null,
    gateway6: op.gateway6 ?? null,
    macPrefix: op.mac_prefix ?? null,
    externalIps: [...new Set(reserved)],
    connection: null,
    tags: [...op.tags],
    ctime: at,
    mtime: at,
    serialNo: 1,
  };
  cluster.save();
  return null;
};

/** OP_NETWORK_REMOVE: only when it is connected nowhere. */
export const removeNetwork: Execute<Named> = async (context, op) => {
  const network = getNetwork(context, op.network_name);
  if (network.connection !== null) throw OpError.prereq('Network still connected', 'wrong_state');
  if (op.dry_run === true) return null;
  const { [network.name]: _removed, ...others } = context.cluster.config.networks;
  context.cluster.config.networks = others;
  context.cluster.save();
  return null;
};

/** OP_NETWORK_CONNECT; connecting again changes nothing. */
export const connectNetwork: Execute<
  Named & { group_name: string; network_mode: string; network_link: string; network_vlan: string }
> = async (context, op, log) => {
  const network = getNetwork(context, op.network_name);
  assertGroup(op.group_name);
  if (network.connection !== null) {
    log(` - WARNING: Network '${network.name}' is already mapped to group '${op.group_name}'`);
    return null;
  }
  if (op.dry_run === true) return null;
  network.connection = { mode: op.network_mode, link: op.network_link, vlan: op.network_vlan };
  context.cluster.saveChanged(network);
  return null;
};

/** OP_NETWORK_DISCONNECT: only when no instance uses it. */
export const disconnectNetwork: Execute<Named & { group_name: string }> = async (context, op, log) => {
  const network = getNetwork(context, op.network_name);
  assertGroup(op.group_name);
  if (network.connection === null) {
    log(` - WARNING: Network '${network.name}' is not mapped to group '${op.group_name}'`);
    return null;
  }
  if (context.cluster.nicsOf(network).length > 0) {
    const words = 'Conflicting IP addresses found;  remove/modify the corresponding network interfaces';
    throw OpError.prereq(words, 'wrong_state');
  }
  if (op.dry_run === true) return null;
  network.connection = null;
  context.cluster.saveChanged(network);
  return null;
};

/** OP_NETWORK_SET_PARAMS */
export const modifyNetwork: Execute<Named & Addresses & { remove_reserved_ips?: readonly string[] }> = async (
  context,
  op,
) => {
  const network = getNetwork(context, op.network_name);
  const removed = new Set(op.remove_reserved_ips ?? []);
  if (op.gateway !== undefined) {
    if (network.gateway !== null) removed.add(network.gateway);
    network.gateway = op.gateway;
  }
  const kept = network.externalIps.filter((ip) => !removed.has(ip));
  network.externalIps = [
    ...new Set([...kept, ...(op.add_reserved_ips ?? []), ...(op.gateway === undefined ? [] : [op.gateway])]),
  ];
  network.network6 = op.network6 ?? network.network6;
  network.gateway6 = op.gateway6 ?? network.gateway6;
  network.macPrefix = op.mac_prefix ?? network.macPrefix;
  context.cluster.saveChanged(network);
  return null;
};

function assertGroup(name: string): void {
  if (name !== GROUP_NAME) throw OpError.prereq(`Group '${name}' not found`, 'unknown_entity');
}
