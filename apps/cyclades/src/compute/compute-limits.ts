/** Limits and quotas of compute v2.1 from the quota service's numbers. Source: clients spec 4.4. Pure. */
import type { Quota } from '@synnefo/astakos-client';
import { MIB } from '@synnefo/units';

export type Quotas = Readonly<Record<string, Quota>>;

interface Amount {
  /** -1: unlimited. */
  readonly limit: number;
  readonly used: number;
}

const LARGEST = 2n ** 62n;

function amount(quotas: Quotas, resource: string, unit = 1): Amount {
  const quota = quotas[resource];
  if (quota === undefined) return { limit: -1, used: 0 };
  const limit = quota.limit < quota.projectLimit ? quota.limit : quota.projectLimit;
  const inUnit = (value: bigint) => Number(value / BigInt(unit));
  return { limit: limit >= LARGEST ? -1 : inUnit(limit), used: inUnit(quota.usage) };
}

export function limitsView(quotas: Quotas): object {
  const instances = amount(quotas, 'cyclades.vm');
  const cores = amount(quotas, 'cyclades.cpu');
  const ram = amount(quotas, 'cyclades.ram', MIB);
  const floatingIps = amount(quotas, 'cyclades.floating_ip');
  return {
    limits: {
      rate: [],
      absolute: {
        maxTotalInstances: instances.limit,
        maxTotalCores: cores.limit,
        maxTotalRAMSize: ram.limit,
        maxTotalKeypairs: 100,
        maxServerMeta: 128,
        maxImageMeta: 128,
        maxPersonality: 5,
        maxPersonalitySize: 10_240,
        maxServerGroups: 0,
        maxServerGroupMembers: 0,
        maxSecurityGroups: 1,
        maxSecurityGroupRules: 0,
        maxTotalFloatingIps: floatingIps.limit,
        totalInstancesUsed: instances.used,
        totalCoresUsed: cores.used,
        totalRAMUsed: ram.used,
        totalServerGroupsUsed: 0,
        totalSecurityGroupsUsed: 1,
        totalFloatingIpsUsed: floatingIps.used,
      },
    },
  };
}

/** @param isDetailed with what is in use, for `/detail` */
export function quotaSetView(project: string, quotas: Quotas, isDetailed: boolean): object {
  const amounts: Record<string, Amount> = {
    instances: amount(quotas, 'cyclades.vm'),
    cores: amount(quotas, 'cyclades.cpu'),
    ram: amount(quotas, 'cyclades.ram', MIB),
    floating_ips: amount(quotas, 'cyclades.floating_ip'),
    fixed_ips: { limit: -1, used: 0 },
    metadata_items: { limit: 128, used: 0 },
    key_pairs: { limit: 100, used: 0 },
    security_groups: { limit: 1, used: 1 },
    security_group_rules: { limit: 0, used: 0 },
    server_groups: { limit: 0, used: 0 },
    server_group_members: { limit: 0, used: 0 },
    injected_files: { limit: 5, used: 0 },
    injected_file_content_bytes: { limit: 10_240, used: 0 },
    injected_file_path_bytes: { limit: 255, used: 0 },
  };
  const show = ({ limit, used }: Amount) => (isDetailed ? { limit, in_use: used, reserved: 0 } : limit);
  return {
    quota_set: {
      id: project,
      ...Object.fromEntries(Object.entries(amounts).map(([name, value]) => [name, show(value)])),
    },
  };
}
