/** NICs of instances: addresses from networks, MACs, checks. */
import { randomUUID } from 'node:crypto';
import {
  type ClusterStore,
  type NetworkConfig,
  type NicConfig,
  NODE_NAME,
} from '../cluster/cluster-config.js';
import { contains, firstFree, parseSubnet } from '../cluster/ip-pool.js';
import { takenIps } from '../cluster/views.js';
import { OpError } from './op-error.js';

export interface NicRequest {
  readonly name?: string | null;
  readonly mac?: string | null;
  readonly ip?: string | null;
  readonly network?: string | null;
  readonly mode?: string | null;
  readonly link?: string | null;
  readonly bridge?: string | null;
  readonly vlan?: string | null;
}

/** Makes a NIC, not yet kept anywhere. @param pending NICs planned beside it, whose addresses count as taken */
export function planNic(
  cluster: ClusterStore,
  request: NicRequest,
  pending: readonly NicConfig[],
): NicConfig {
  const network = findNetwork(cluster, request.network ?? null);
  const mac = request.mac ?? 'auto';
  return {
    uuid: randomUUID(),
    name: request.name ?? null,
    mac: mac === 'auto' || mac === 'generate' ? cluster.newMac(network) : mac.toLowerCase(),
    ip: chooseIp(cluster, network, { ip: request.ip ?? null, pending }),
    network: network?.uuid ?? null,
    params: explicitParams(request),
  };
}

/** Applies a change to a NIC. */
export function changeNic(cluster: ClusterStore, nic: NicConfig, request: NicRequest): void {
  if (request.network !== undefined) nic.network = findNetwork(cluster, request.network)?.uuid ?? null;
  if (request.ip !== undefined) {
    const network = nic.network === null ? null : cluster.findNetwork(nic.network);
    if (request.ip !== nic.ip) nic.ip = chooseIp(cluster, network, { ip: request.ip, pending: [] });
  }
  if (request.name !== undefined) nic.name = request.name;
  if (typeof request.mac === 'string') nic.mac = request.mac.toLowerCase();
  nic.params = { ...nic.params, ...explicitParams(request) };
}

function findNetwork(cluster: ClusterStore, name: string | null): NetworkConfig | null {
  if (name === null || name === 'none') return null;
  const network = cluster.findNetwork(name);
  if (network === null) throw OpError.prereq(`Network '${name}' not found`, 'unknown_entity');
  if (network.connection === null) {
    const words = `No netparams found for network ${network.name}, probably not connected to node's ${NODE_NAME} nodegroup`;
    throw OpError.prereq(words, 'wrong_input');
  }
  return network;
}

function chooseIp(
  cluster: ClusterStore,
  network: NetworkConfig | null,
  { ip, pending }: { ip: string | null; pending: readonly NicConfig[] },
): string | null {
  if (ip === null || ip === 'none') return null;
  if (network !== null) return chooseIpOf(network, takenBy(cluster, network, pending), ip);
  if (ip === 'pool') {
    throw OpError.prereq("if ip=pool, parameter 'network' must be passed too", 'wrong_input');
  }
  return ip;
}

function takenBy(cluster: ClusterStore, network: NetworkConfig, pending: readonly NicConfig[]): Set<string> {
  const taken = takenIps(network, cluster);
  for (const nic of pending) if (nic.network === network.uuid && nic.ip !== null) taken.add(nic.ip);
  return taken;
}

function chooseIpOf(network: NetworkConfig, taken: ReadonlySet<string>, ip: string): string {
  const subnet = parseSubnet(network.network);
  if (ip === 'pool') {
    const free = subnet === null ? null : firstFree(subnet, taken);
    if (free !== null) return free;
    throw OpError.prereq(`Unable to get a free IP for NIC from network '${network.name}'`, 'wrong_state');
  }
  if (subnet !== null && !taken.has(ip) && contains(subnet, ip)) return ip;
  const words = `IP address ${ip} already in use or does not belong to network ${network.name}`;
  throw OpError.prereq(words, 'resource_not_unique');
}

function explicitParams(request: NicRequest): Record<string, string> {
  const link = request.link ?? request.bridge;
  const given = { mode: request.mode, link, vlan: request.vlan };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** How a NIC shows in a job's result. */
export function nicText(
  nic: NicConfig,
  shown: { mode: string; link: string },
  network: string | null,
): string {
  return `mac=${nic.mac},ip=${nic.ip ?? 'None'},mode=${shown.mode},link=${shown.link},network=${network ?? 'None'}`;
}
