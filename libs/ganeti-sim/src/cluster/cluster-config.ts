/** The cluster's configuration: instances, networks, tags. One file, replaced whole at every change. */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../atomic-file.js';

export interface DiskConfig {
  readonly uuid: string;
  name: string | null;
  sizeMib: number;
  mode: string;
  /** `VOL_NAME` of an ext disk, or the file of a file-based one. */
  readonly volume: string | null;
  /** What goes to the provider as `EXTP_…`, `provider` and `access` among them. */
  readonly params: Record<string, string>;
}

export interface NicConfig {
  readonly uuid: string;
  name: string | null;
  mac: string;
  ip: string | null;
  /** UUID of the network. */
  network: string | null;
  /** What was given explicitly, of mode, link and vlan. */
  params: Record<string, string>;
}

export interface InstanceConfig {
  readonly name: string;
  readonly uuid: string;
  os: string;
  readonly hypervisor: string;
  readonly diskTemplate: string;
  adminState: 'up' | 'down' | 'offline';
  /** For instances without QEMU: whether they "run". */
  isOn: boolean;
  disks: DiskConfig[];
  nics: NicConfig[];
  beparams: Record<string, number | boolean>;
  hvparams: Record<string, unknown>;
  readonly networkPort: number | null;
  tags: string[];
  readonly ctime: number;
  mtime: number;
  serialNo: number;
}

export interface NetworkConfig {
  readonly name: string;
  readonly uuid: string;
  readonly network: string;
  gateway: string | null;
  network6: string | null;
  gateway6: string | null;
  macPrefix: string | null;
  /** Addresses taken from outside: network, broadcast, gateway, and what was asked. */
  externalIps: string[];
  /** The node group's connection. */
  connection: { mode: string; link: string; vlan: string } | null;
  tags: string[];
  readonly ctime: number;
  mtime: number;
  serialNo: number;
}

export interface ClusterConfig {
  readonly uuid: string;
  readonly nodeUuid: string;
  readonly groupUuid: string;
  readonly ctime: number;
  mtime: number;
  tags: string[];
  nodeTags: string[];
  groupTags: string[];
  nextPort: number;
  instances: Record<string, InstanceConfig>;
  networks: Record<string, NetworkConfig>;
  /** Disks that were detached and belong to no instance. */
  detachedDisks: (DiskConfig & { diskTemplate: string })[];
}

export const CLUSTER_NAME = 'ganeti-sim';
export const NODE_NAME = 'node1';
export const GROUP_NAME = 'default';
export const MAC_PREFIX = 'aa:00:00';
const FIRST_PORT = 11_000;

export class ClusterStore {
  readonly config: ClusterConfig;
  readonly #file: string;

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#file = path.join(dir, 'config.json');
    if (existsSync(this.#file)) {
      // Written by this class alone, whole or not at all.
      this.config = JSON.parse(readFileSync(this.#file, 'utf8')) as ClusterConfig;
    } else {
      this.config = emptyConfig();
      this.save();
    }
  }

  save(): void {
    this.config.mtime = seconds();
    replaceFile(this.#file, JSON.stringify(this.config));
  }

  /** Saves after a change to `item`. */
  saveChanged(item: InstanceConfig | NetworkConfig): void {
    item.mtime = seconds();
    item.serialNo += 1;
    this.save();
  }

  findInstance(name: string): InstanceConfig | null {
    return (
      this.config.instances[name] ??
      Object.values(this.config.instances).find((one) => one.uuid === name) ??
      null
    );
  }

  findNetwork(name: string): NetworkConfig | null {
    return (
      this.config.networks[name] ??
      Object.values(this.config.networks).find((one) => one.uuid === name) ??
      null
    );
  }

  nicsOf(network: NetworkConfig): { instance: string; nic: NicConfig }[] {
    return Object.values(this.config.instances).flatMap((instance) =>
      instance.nics
        .filter((nic) => nic.network === network.uuid)
        .map((nic) => ({ instance: instance.name, nic })),
    );
  }

  /** A MAC address that no NIC has, with the prefix of the network or of the cluster. */
  newMac(network: NetworkConfig | null): string {
    const taken = new Set(
      Object.values(this.config.instances).flatMap((one) => one.nics.map((nic) => nic.mac)),
    );
    for (;;) {
      const octets = [...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0'));
      const mac = [network?.macPrefix ?? MAC_PREFIX, ...octets].join(':');
      if (!taken.has(mac)) return mac;
    }
  }

  newPort(): number {
    const port = this.config.nextPort;
    this.config.nextPort = port + 1;
    return port;
  }
}

/** Now, in seconds with fractions, as in `ctime` and `mtime`. */
export function seconds(): number {
  return Date.now() / 1000;
}

function emptyConfig(): ClusterConfig {
  const at = seconds();
  return {
    uuid: randomUUID(),
    nodeUuid: randomUUID(),
    groupUuid: randomUUID(),
    ctime: at,
    mtime: at,
    tags: [],
    nodeTags: [],
    groupTags: [],
    nextPort: FIRST_PORT,
    instances: {},
    networks: {},
    detachedDisks: [],
  };
}
