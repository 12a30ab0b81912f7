/** Limits and quotas of compute v2.1 from the quota service's numbers. Source: clients spec 4.4. Pure. */
import { MIB } from '@synnefo/units';
import { amountOf, fixed, quotaBody, type Quotas, unlimited } from '../quota/amounts.js';

export function limitsView(quotas: Quotas): object {
  const instances = amountOf(quotas, 'cyclades.vm');
  const cores = amountOf(quotas, 'cyclades.cpu');
  const ram = amountOf(quotas, 'cyclades.ram', MIB);
  const floatingIps = amountOf(quotas, 'cyclades.floating_ip');
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
  const amounts = {
    instances: amountOf(quotas, 'cyclades.vm'),
    cores: amountOf(quotas, 'cyclades.cpu'),
    ram: amountOf(quotas, 'cyclades.ram', MIB),
    floating_ips: amountOf(quotas, 'cyclades.floating_ip'),
    fixed_ips: unlimited(0),
    metadata_items: fixed(128),
    key_pairs: fixed(100),
    security_groups: fixed(1, 1),
    security_group_rules: fixed(0),
    server_groups: fixed(0),
    server_group_members: fixed(0),
    injected_files: fixed(5),
    injected_file_content_bytes: fixed(10_240),
    injected_file_path_bytes: fixed(255),
  };
  return { quota_set: { id: project, ...quotaBody(amounts, isDetailed ? 'in_use' : null) } };
}
