/** How instances, networks, the node and the group look on the wire: the keys are those of 3.0.2. */
import { cpus, totalmem } from 'node:os';
import { MIB } from '@synnefo/units';
import type { Guests } from '../guest/guests.js';
import {
  type ClusterStore,
  GROUP_NAME,
  type InstanceConfig,
  type NetworkConfig,
  type NicConfig,
  NODE_NAME,
} from './cluster-config.js';
import { BEPARAMS, DISKPARAMS, IPOLICY, KVM_HVPARAMS, NDPARAMS, NICPARAMS } from './defaults.js';
import { ipMap, ipToNumber, parseSubnet } from './ip-pool.js';

/** The parameters in force: the cluster's, with the instance's over them. */
export function beparamsOf(instance: InstanceConfig): typeof BEPARAMS {
  return { ...BEPARAMS, ...instance.beparams };
}

/** Link, mode and vlan of a NIC: its network's connection, or its own parameters over the cluster's. */
export function nicParams(
  nic: NicConfig,
  network: NetworkConfig | null,
): { mode: string; link: string; vlan: string } {
  return network?.connection ?? { ...NICPARAMS, ...nic.params };
}

export function instanceView(
  instance: InstanceConfig,
  cluster: ClusterStore,
  guests: Guests,
): Record<string, unknown> {
  const isRunning = guests.isRunning(instance);
  const beparams = beparamsOf(instance);
  const { nics, disks } = instance;
  const networks = nics.map((nic) => (nic.network === null ? null : cluster.findNetwork(nic.network)));
  const params = nics.map((nic, index) => nicParams(nic, networks[index] ?? null));
  return {
    name: instance.name,
    admin_state: instance.adminState,
    os: instance.os,
    pnode: NODE_NAME,
    snodes: [],
    disk_template: instance.diskTemplate,
    'nic.ips': nics.map((nic) => nic.ip),
    'nic.macs': nics.map((nic) => nic.mac),
    'nic.modes': params.map(({ mode }) => mode),
    'nic.uuids': nics.map((nic) => nic.uuid),
    'nic.names': nics.map((nic) => nic.name),
    'nic.links': params.map(({ link }) => link),
    'nic.networks': nics.map((nic) => nic.network),
    'nic.networks.names': networks.map((network) => network?.name ?? null),
    'nic.bridges': params.map(({ mode, link }) => (mode === 'bridged' ? link : null)),
    network_port: instance.networkPort,
    'disk.sizes': disks.map((disk) => disk.sizeMib),
    'disk.spindles': disks.map(() => null),
    disk_usage: disks.reduce((sum, disk) => sum + disk.sizeMib, 0),
    'disk.uuids': disks.map((disk) => disk.uuid),
    'disk.names': disks.map((disk) => disk.name),
    beparams: { ...beparams, memory: beparams.maxmem },
    hvparams: instance.hypervisor === 'kvm' ? { ...KVM_HVPARAMS, ...instance.hvparams } : instance.hvparams,
    oper_state: isRunning,
    oper_ram: isRunning ? beparams.maxmem : null,
    oper_vcpus: isRunning ? beparams.vcpus : null,
    status: instanceStatus(instance, isRunning),
    custom_hvparams: instance.hvparams,
    custom_beparams: instance.beparams,
    custom_nicparams: nics.map((nic, index) => (nic.network === null ? nic.params : params[index])),
    ctime: instance.ctime,
    mtime: instance.mtime,
    uuid: instance.uuid,
    serial_no: instance.serialNo,
    tags: instance.tags,
  };
}

function instanceStatus(instance: InstanceConfig, isRunning: boolean): string {
  if (instance.adminState === 'up') return isRunning ? 'running' : 'ERROR_down';
  if (isRunning) return 'ERROR_up';
  return instance.adminState === 'down' ? 'ADMIN_down' : 'ADMIN_offline';
}

/** The addresses of a network that nobody can have any more. */
export function takenIps(network: NetworkConfig, cluster: ClusterStore): Set<string> {
  const ofNics = cluster.nicsOf(network).flatMap(({ nic }) => (nic.ip === null ? [] : [nic.ip]));
  return new Set([...network.externalIps, ...ofNics]);
}

export function networkView(network: NetworkConfig, cluster: ClusterStore): Record<string, unknown> {
  const subnet = parseSubnet(network.network);
  const map = subnet === null ? '' : ipMap(subnet, takenIps(network, cluster));
  const reserved = [...map].filter((character) => character === 'X').length;
  const external = [...network.externalIps].sort((a, b) => ipToNumber(a) - ipToNumber(b));
  const { connection } = network;
  return {
    name: network.name,
    network: network.network,
    gateway: network.gateway,
    network6: network.network6,
    gateway6: network.gateway6,
    mac_prefix: network.macPrefix,
    free_count: map.length - reserved,
    reserved_count: reserved,
    map,
    group_list: connection === null ? [] : [[GROUP_NAME, connection.mode, connection.link, connection.vlan]],
    inst_list: [...new Set(cluster.nicsOf(network).map(({ instance }) => instance))],
    external_reservations: external.join(', '),
    ctime: network.ctime,
    mtime: network.mtime,
    uuid: network.uuid,
    serial_no: network.serialNo,
    tags: network.tags,
  };
}

export function nodeView(
  cluster: ClusterStore,
  guests: Guests,
  disk: { totalMib: number; freeMib: number },
): Record<string, unknown> {
  const instances = Object.values(cluster.config.instances);
  const usedMib = instances
    .filter((one) => guests.isRunning(one))
    .reduce((sum, one) => sum + beparamsOf(one).maxmem, 0);
  const totalMib = Math.floor(totalmem() / MIB);
  return {
    name: NODE_NAME,
    offline: false,
    master_candidate: true,
    drained: false,
    dtotal: disk.totalMib,
    dfree: disk.freeMib,
    sptotal: null,
    spfree: null,
    mtotal: totalMib,
    mnode: 0,
    mfree: Math.max(0, totalMib - usedMib),
    pinst_cnt: instances.length,
    sinst_cnt: 0,
    ctotal: cpus().length,
    cnos: cpus().length,
    cnodes: 1,
    csockets: 1,
    pip: '127.0.0.1',
    sip: '127.0.0.1',
    role: 'M',
    pinst_list: instances.map((one) => one.name),
    sinst_list: [],
    master_capable: true,
    vm_capable: true,
    ndparams: NDPARAMS,
    'group.uuid': cluster.config.groupUuid,
    ctime: cluster.config.ctime,
    mtime: cluster.config.ctime,
    uuid: cluster.config.nodeUuid,
    serial_no: 1,
    tags: cluster.config.nodeTags,
  };
}

export function groupView(cluster: ClusterStore): Record<string, unknown> {
  return {
    alloc_policy: 'preferred',
    name: GROUP_NAME,
    node_cnt: 1,
    node_list: [NODE_NAME],
    ipolicy: IPOLICY,
    custom_ipolicy: {},
    diskparams: DISKPARAMS,
    custom_diskparams: {},
    ndparams: NDPARAMS,
    custom_ndparams: {},
    ctime: 0,
    mtime: cluster.config.mtime,
    uuid: cluster.config.groupUuid,
    serial_no: 1,
    tags: cluster.config.groupTags,
  };
}
