/** The create request of a server as Ganeti gets it. Source: ganeti spec 3.1, 10. Pure. */
import type { DiskCreate, InstanceCreate, NicCreate } from '@synnefo/ganeti-rapi';
import { GIB, MIB } from '@synnefo/units';
import type { Naming } from '../installation/naming.js';

export interface InstanceParts {
  readonly serverId: number;
  readonly cpu: number;
  readonly ramMib: number;
  /** `ext_synnefo`: Ganeti's template, and after the first `_` the provider. */
  readonly diskTemplate: string;
  readonly hypervisor: string;
  readonly volumes: readonly VolumePart[];
  readonly ports: readonly PortPart[];
}

export interface VolumePart {
  readonly id: number;
  readonly sizeGib: number;
  readonly originMap: string | null;
  readonly originSizeBytes: number | null;
}

export interface PortPart {
  readonly id: number;
  readonly networkId: number;
  readonly ipv4: string | null;
}

/** Our OS definition: its create does nothing, for the disk is the image's clone already. */
const OS_TYPE = 'synnefo+default';

export function instanceCreate(parts: InstanceParts, naming: Naming): InstanceCreate {
  const { template, provider } = splitTemplate(parts.diskTemplate);
  return {
    instance_name: naming.server(parts.serverId),
    os_type: OS_TYPE,
    hypervisor: parts.hypervisor,
    disk_template: template,
    disks: parts.volumes.map((volume) => disk(volume, { provider, hypervisor: parts.hypervisor }, naming)),
    nics: parts.ports.map((port): NicCreate => ({
      name: naming.nic(port.id),
      network: naming.network(port.networkId),
      ip: port.ipv4,
    })),
    beparams: { vcpus: parts.cpu, minmem: parts.ramMib, maxmem: parts.ramMib },
    name_check: false,
    ip_check: false,
    conflicts_check: false,
    wait_for_sync: false,
    opportunistic_locking: true,
  };
}

/** @returns Ganeti's template, and the provider of an `ext` one */
export function splitTemplate(diskTemplate: string): { template: string; provider: string | undefined } {
  const at = diskTemplate.indexOf('_');
  return at < 0
    ? { template: diskTemplate, provider: undefined }
    : { template: diskTemplate.slice(0, at), provider: diskTemplate.slice(at + 1) };
}

function disk(
  volume: VolumePart,
  kind: { provider: string | undefined; hypervisor: string },
  naming: Naming,
): DiskCreate {
  return {
    size: (volume.sizeGib * GIB) / MIB,
    name: naming.volume(volume.id),
    ...(kind.provider === undefined ? {} : { provider: kind.provider }),
    // Only KVM opens a volume by itself; others want a block device.
    ...(kind.provider !== undefined && kind.hypervisor === 'kvm' ? { access: 'userspace' as const } : {}),
    ...(volume.originMap === null
      ? {}
      : { origin: volume.originMap, origin_size: String(volume.originSizeBytes ?? 0) }),
  };
}
