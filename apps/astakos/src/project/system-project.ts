import type { EntityManager } from '@synnefo/database';
import { syncHoldings } from '../quota/holdings.js';

/** Advisory lock: exclusive while services are registered, shared while a project is made. Any constant, distinct from that of the migrations. */
export const REGISTRATION_LOCK = 7_268_101;

/**
 * Makes the user's own project (identity spec 3.5.6): same uuid, name `system:<uuid>`, one accepted member, each resource's system default as both
 * capacities, and the holdings that follow from it.
 */
export async function createSystemProject(
  tx: EntityManager,
  user: { id: number; uuid: string },
): Promise<void> {
  // A resource that is registered meanwhile must see this project, or this must see the resource.
  await tx.query('SELECT pg_advisory_xact_lock_shared($1)', [REGISTRATION_LOCK]);
  const rows: { id: number }[] = await tx.query(
    `INSERT INTO project (uuid, name, real_name, is_system, state)
     VALUES ($1::uuid, 'system:' || $1::uuid, 'system:' || $1::uuid, true, 'active') RETURNING id`,
    [user.uuid],
  );
  const projectId = rows[0]?.id;
  if (projectId === undefined) throw new Error('the database returned no row');
  await tx.query(
    `INSERT INTO project_membership (user_id, project_id, state, is_initialized) VALUES ($1, $2, 'accepted', true)`,
    [user.id, projectId],
  );
  await tx.query(
    `INSERT INTO project_resource_quota (project_id, resource_id, project_capacity, member_capacity)
     SELECT $1, id, system_default, system_default FROM resource ORDER BY id`,
    [projectId],
  );
  await syncHoldings(tx, [projectId]);
}
