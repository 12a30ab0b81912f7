import { Injectable } from '@nestjs/common';
import { ItemNotFound } from '@synnefo/api';
import { DataSource, transaction } from '@synnefo/database';
import { syncHoldings } from '../quota/holdings.js';

/** A project as its members see it. */
export interface Project {
  readonly uuid: string;
  readonly name: string;
  readonly description: string;
  readonly isActive: boolean;
}

interface ProjectRow {
  readonly uuid: string;
  readonly real_name: string;
  readonly description: string;
  readonly state: string;
}

const COLUMNS = 'p.uuid, p.real_name, p.description, p.state';
const ACTUAL_MEMBER = `m.state IN ('accepted', 'leave_requested')`;

@Injectable()
export class ProjectService {
  constructor(private readonly dataSource: DataSource) {}

  /** The projects the user may select: active ones with an active membership, its system project first. */
  async listSelectable(userUuid: string): Promise<Project[]> {
    const rows: ProjectRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM project p JOIN project_membership m ON m.project_id = p.id
       JOIN astakos_user u ON u.id = m.user_id
       WHERE u.uuid = $1 AND p.state = 'active' AND ${ACTUAL_MEMBER} ORDER BY p.is_system DESC, p.id`,
      [userUuid],
    );
    return rows.map(toProject);
  }

  /** The user's default project, or its system project when that one is not selectable; null when neither is. */
  async findDefault(userUuid: string): Promise<string | null> {
    const rows: { uuid: string }[] = await this.dataSource.query(
      `SELECT p.uuid FROM project p JOIN project_membership m ON m.project_id = p.id
       JOIN astakos_user u ON u.id = m.user_id
       WHERE u.uuid = $1 AND p.state = 'active' AND ${ACTUAL_MEMBER}
         AND (p.uuid = u.default_project_uuid OR p.uuid = u.uuid)
       ORDER BY p.uuid = u.default_project_uuid DESC LIMIT 1`,
      [userUuid],
    );
    return rows[0]?.uuid ?? null;
  }

  /** Every initialized project, for operators. */
  async listAll(page: {
    limit: number;
    marker?: string | undefined;
    name?: string | undefined;
  }): Promise<Project[]> {
    const rows: ProjectRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM project p WHERE p.state IN ('active', 'suspended')
       AND ($2::text IS NULL OR p.real_name = $2)
       AND p.id > coalesce((SELECT id FROM project WHERE uuid::text = $3), 0) ORDER BY p.id LIMIT $1`,
      [page.limit, page.name ?? null, page.marker ?? null],
    );
    return rows.map(toProject);
  }

  /** An initialized project, whoever asks; null when there is none. */
  async find(uuid: string): Promise<Project | null> {
    const rows: ProjectRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM project p WHERE p.uuid::text = $1 AND p.state IN ('active', 'suspended')`,
      [uuid],
    );
    return rows[0] === undefined ? null : toProject(rows[0]);
  }

  /** Sets capacities of the user's system project, both of project and member. @throws ItemNotFound */
  async setSystemLimits(userUuid: string, limits: ReadonlyMap<string, bigint>): Promise<void> {
    await transaction(this.dataSource, async (tx) => {
      const projects: { id: number }[] = await tx.query(
        'SELECT id FROM project WHERE uuid::text = $1 AND is_system FOR UPDATE',
        [userUuid],
      );
      const projectId = projects[0]?.id;
      if (projectId === undefined) throw new ItemNotFound(`There is no system project ${userUuid}.`);
      for (const [resource, limit] of limits) {
        const rows: unknown[] = await tx.query(
          `INSERT INTO project_resource_quota (project_id, resource_id, project_capacity, member_capacity)
           SELECT $1, id, $3, $3 FROM resource WHERE name = $2
           ON CONFLICT (project_id, resource_id)
           DO UPDATE SET project_capacity = excluded.project_capacity, member_capacity = excluded.member_capacity
           RETURNING id`,
          [projectId, resource, limit.toString()],
        );
        if (rows.length === 0) throw new ItemNotFound(`There is no resource ${resource}.`);
      }
      await syncHoldings(tx, [projectId]);
    });
  }
}

function toProject(row: ProjectRow): Project {
  return {
    uuid: row.uuid,
    name: row.real_name,
    description: row.description,
    isActive: row.state === 'active',
  };
}
