/** Quotas of block storage and network. Sources: clients spec 4.11 and 4.14. Pure. */
import { GIB } from '@synnefo/units';
import { type Amount, amountOf, fixed, quotaBody, type Quotas, unlimited } from './amounts.js';
import type { Counts } from './quota.service.js';

function gigabytes(quotas: Quotas): Amount {
  return amountOf(quotas, 'cyclades.disk', GIB);
}

/** Exactly the ten keys that Tempest knows. */
export function volumeLimitsView(quotas: Quotas, counts: Counts): object {
  const { limit, used } = gigabytes(quotas);
  return {
    limits: {
      rate: [],
      absolute: {
        maxTotalVolumes: -1,
        maxTotalSnapshots: -1,
        maxTotalVolumeGigabytes: limit,
        maxTotalBackups: 0,
        maxTotalBackupGigabytes: 0,
        totalVolumesUsed: counts.volumes,
        totalSnapshotsUsed: counts.snapshots,
        totalGigabytesUsed: used,
        totalBackupsUsed: 0,
        totalBackupGigabytesUsed: 0,
      },
    },
  };
}

/** @param hasUsage each limit with what is in use, for `?usage=True` */
export function volumeQuotaView(project: string, quotas: Quotas, counts: Counts, hasUsage: boolean): object {
  const amounts = {
    volumes: unlimited(counts.volumes),
    snapshots: unlimited(counts.snapshots),
    gigabytes: gigabytes(quotas),
    per_volume_gigabytes: unlimited(0),
    backups: fixed(0),
    backup_gigabytes: fixed(0),
    groups: fixed(0),
  };
  return { quota_set: { id: project, ...quotaBody(amounts, hasUsage ? 'in_use' : null) } };
}

/** The nine keys that libcloud asks for. @param hasUsage each limit with what is in use, for `details` */
export function networkQuotaView(quotas: Quotas, counts: Counts, hasUsage: boolean): object {
  const amounts = {
    network: amountOf(quotas, 'cyclades.network.private'),
    subnet: unlimited(counts.subnets),
    port: unlimited(counts.ports),
    router: fixed(0),
    floatingip: amountOf(quotas, 'cyclades.floating_ip'),
    security_group: fixed(0),
    security_group_rule: fixed(0),
    subnetpool: fixed(0),
    rbac_policy: fixed(0),
  };
  return { quota: quotaBody(amounts, hasUsage ? 'used' : null) };
}
