import type { CountedUsage } from '@synnefo/commission';
import type { DataSource } from '@synnefo/database';

/** What the rows add up to (compute spec 3.7): memory and disks in bytes; of a server what is charged for its running as long as its row says so. */
const USAGE = `
SELECT user_uuid AS "user", project, resource, sum(amount)::text AS amount FROM (
  SELECT user_uuid, project, part.resource, part.amount FROM server JOIN flavor ON flavor.id = flavor_id,
    LATERAL (VALUES ('cyclades.vm', 1::bigint), ('cyclades.total_cpu', cpu::bigint), ('cyclades.total_ram', ram_mib::bigint << 20),
                    ('cyclades.cpu', CASE WHEN charges_running THEN cpu ELSE 0 END::bigint),
                    ('cyclades.ram', CASE WHEN charges_running THEN ram_mib ELSE 0 END::bigint << 20)) AS part (resource, amount)
   WHERE NOT server.is_deleted
  UNION ALL SELECT user_uuid, project, 'cyclades.disk', size_gib::bigint << 30 FROM volume WHERE NOT is_deleted
  UNION ALL SELECT user_uuid, project, 'cyclades.network.private', 1 FROM network
             WHERE NOT is_deleted AND NOT is_public AND user_uuid IS NOT NULL AND project IS NOT NULL
  UNION ALL SELECT user_uuid, project, 'cyclades.floating_ip', 1 FROM ip_address WHERE is_floating AND NOT is_deleted AND project IS NOT NULL
) used GROUP BY user_uuid, project, resource`;

export async function countUsage(dataSource: DataSource): Promise<CountedUsage[]> {
  const rows: (Omit<CountedUsage, 'amount'> & { amount: string })[] = await dataSource.query(USAGE);
  return rows.map((row) => ({ ...row, amount: BigInt(row.amount) }));
}
