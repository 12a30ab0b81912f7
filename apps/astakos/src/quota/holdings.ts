/**
 * Holdings. Lock order (identity spec 3.7): project rows → commission rows → provision rows → all holdings of every mentioned holder, by primary key.
 * A holder is locked whole, so that all commissions of one project take turns at its project-level rows and none can wait in a circle.
 */
import type { EntityManager } from '@synnefo/database';

export interface HoldingKey {
  readonly holder: string;
  readonly source: string | null;
  readonly resource: string;
}

/** A locked row; the amounts are changed in memory and written by `saveUsages`. */
export interface LockedHolding extends HoldingKey {
  readonly id: string;
  readonly limit: bigint;
  usageMin: bigint;
  usageMax: bigint;
}

interface HoldingRow extends HoldingKey {
  readonly id: string;
  readonly quota_limit: string;
  readonly usage_min: string;
  readonly usage_max: string;
}

/** Names a holding in a map. Holders and sources hold no blank. */
export function keyOf({ holder, source, resource }: HoldingKey): string {
  return `${holder} ${source ?? ''} ${resource}`;
}

/** Locks all holdings of these holders until the end of the transaction. */
export async function lockHoldings(
  tx: EntityManager,
  holders: readonly string[],
): Promise<Map<string, LockedHolding>> {
  const rows: HoldingRow[] = await tx.query(
    `SELECT id, holder, source, resource, quota_limit, usage_min, usage_max
     FROM holding WHERE holder = ANY($1) ORDER BY id FOR UPDATE`,
    [[...new Set(holders)]],
  );
  return new Map(
    rows.map((row) => [
      keyOf(row),
      {
        id: row.id,
        holder: row.holder,
        source: row.source,
        resource: row.resource,
        limit: BigInt(row.quota_limit),
        usageMin: BigInt(row.usage_min),
        usageMax: BigInt(row.usage_max),
      },
    ]),
  );
}

/** Writes the usages of locked holdings. */
export async function saveUsages(tx: EntityManager, holdings: readonly LockedHolding[]): Promise<void> {
  if (holdings.length === 0) return;
  await tx.query(
    `UPDATE holding SET usage_min = new.usage_min, usage_max = new.usage_max
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS new (id, usage_min, usage_max)
     WHERE holding.id = new.id`,
    [
      holdings.map((holding) => holding.id),
      holdings.map((holding) => holding.usageMin.toString()),
      holdings.map((holding) => holding.usageMax.toString()),
    ],
  );
}

/**
 * Brings the limits of holdings in line with the projects (identity spec 3.8): a project's capacity while it is active, else 0; a member's while the
 * membership is active too. Usages stay; holdings are never deleted. The caller holds the projects' row locks.
 */
export async function syncHoldings(tx: EntityManager, projectIds: readonly number[]): Promise<void> {
  const wanted = `
    SELECT 'project:' || p.uuid AS holder, NULL AS source, r.name AS resource,
           CASE WHEN p.state = 'active' THEN q.project_capacity ELSE 0 END AS quota_limit
    FROM project p JOIN project_resource_quota q ON q.project_id = p.id JOIN resource r ON r.id = q.resource_id
    WHERE p.id = ANY($1) AND p.state IN ('active', 'suspended', 'terminated')
    UNION ALL
    SELECT 'user:' || u.uuid, 'project:' || p.uuid, r.name,
           CASE WHEN p.state = 'active' AND m.state IN ('accepted', 'leave_requested') THEN q.member_capacity ELSE 0 END
    FROM project p JOIN project_resource_quota q ON q.project_id = p.id JOIN resource r ON r.id = q.resource_id
    JOIN project_membership m ON m.project_id = p.id AND m.is_initialized JOIN astakos_user u ON u.id = m.user_id
    WHERE p.id = ANY($1) AND p.state IN ('active', 'suspended', 'terminated')`;
  await tx.query(
    `SELECT id FROM holding WHERE holder IN (SELECT holder FROM (${wanted}) AS wanted) ORDER BY id FOR UPDATE`,
    [projectIds],
  );
  await tx.query(
    `INSERT INTO holding (holder, source, resource, quota_limit) SELECT * FROM (${wanted}) AS wanted
     ON CONFLICT (holder, (coalesce(source, '')), resource)
     DO UPDATE SET quota_limit = excluded.quota_limit WHERE holding.quota_limit <> excluded.quota_limit`,
    [projectIds],
  );
}
