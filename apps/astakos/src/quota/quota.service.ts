import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';

/** A user's share of one resource of one project, and the project's whole. */
export interface UserQuota {
  readonly user: string;
  readonly project: string;
  readonly resource: string;
  readonly limit: bigint;
  readonly usage: bigint;
  readonly pending: bigint;
  readonly projectLimit: bigint;
  readonly projectUsage: bigint;
  readonly projectPending: bigint;
}

export type ProjectQuota = Pick<
  UserQuota,
  'project' | 'resource' | 'projectLimit' | 'projectUsage' | 'projectPending'
>;

export interface HoldingLine {
  readonly holder: string;
  readonly source: string | null;
  readonly resource: string;
  readonly limit: bigint;
  readonly usage: bigint;
}

interface Row {
  readonly user_uuid: string;
  readonly project_uuid: string;
  readonly resource: string;
  readonly user_limit: string;
  readonly user_max: string;
  readonly user_min: string;
  readonly project_limit: string;
  readonly project_max: string;
  readonly project_min: string;
}

const COLUMNS = `substr(h.holder, 6) AS user_uuid, substr(h.source, 9) AS project_uuid, h.resource,
  h.quota_limit AS user_limit, h.usage_max AS user_max, h.usage_min AS user_min,
  ph.quota_limit AS project_limit, ph.usage_max AS project_max, ph.usage_min AS project_min`;
const JOINS = `FROM holding h JOIN holding ph ON ph.holder = h.source AND ph.source IS NULL AND ph.resource = h.resource
  JOIN resource r ON r.name = h.resource`;

/** Reads of holdings (identity spec 2.3). */
@Injectable()
export class QuotaService {
  constructor(private readonly dataSource: DataSource) {}

  /** API-visible resources of the projects the user is an actual member of. */
  async listOfUser(userUuid: string): Promise<UserQuota[]> {
    const rows: Row[] = await this.dataSource.query(
      `SELECT ${COLUMNS} ${JOINS}
       JOIN astakos_user u ON h.holder = 'user:' || u.uuid
       JOIN project p ON h.source = 'project:' || p.uuid
       JOIN project_membership m ON m.project_id = p.id AND m.user_id = u.id
       WHERE h.holder = 'user:' || $1::text AND r.is_api_visible AND p.state <> 'deleted'
         AND m.state IN ('accepted', 'leave_requested')
       ORDER BY p.id, r.id`,
      [userUuid],
    );
    return rows.map(toUserQuota);
  }

  /** Quotas of one component's resources, left-over usage included. Null: no filter. */
  async listOfComponent(
    componentId: number,
    filter: { users: readonly string[] | null; projects: readonly string[] | null },
  ): Promise<UserQuota[]> {
    const rows: Row[] = await this.dataSource.query(
      `SELECT ${COLUMNS} ${JOINS} JOIN service s ON s.name = r.service_origin
       WHERE s.component_id = $1
         AND ($2::text[] IS NULL AND h.holder LIKE 'user:%' OR h.holder = ANY($2))
         AND ($3::text[] IS NULL OR h.source = ANY($3))
       ORDER BY h.id`,
      [
        componentId,
        filter.users?.map((uuid) => `user:${uuid}`) ?? null,
        filter.projects?.map((uuid) => `project:${uuid}`) ?? null,
      ],
    );
    return rows.map(toUserQuota);
  }

  async listProjectsOfComponent(
    componentId: number,
    projects: readonly string[] | null,
  ): Promise<ProjectQuota[]> {
    const rows: Row[] = await this.dataSource.query(
      `SELECT substr(h.holder, 9) AS project_uuid, h.resource, h.quota_limit AS project_limit,
         h.usage_max AS project_max, h.usage_min AS project_min
       FROM holding h JOIN resource r ON r.name = h.resource JOIN service s ON s.name = r.service_origin
       WHERE s.component_id = $1 AND h.source IS NULL
         AND ($2::text[] IS NULL OR h.holder = ANY($2)) ORDER BY h.id`,
      [componentId, projects?.map((uuid) => `project:${uuid}`) ?? null],
    );
    return rows.map(toProjectQuota);
  }

  /** Users' holdings, for operators. */
  async listHoldings(filter: { userUuid: string | null; isOverLimit: boolean }): Promise<HoldingLine[]> {
    const rows: {
      holder: string;
      source: string | null;
      resource: string;
      quota_limit: string;
      usage_max: string;
    }[] = await this.dataSource.query(
      `SELECT holder, source, resource, quota_limit, usage_max FROM holding
         WHERE source IS NOT NULL AND ($1::text IS NULL OR holder = 'user:' || $1)
           AND (NOT $2 OR usage_max > quota_limit) ORDER BY id`,
      [filter.userUuid, filter.isOverLimit],
    );
    return rows.map(({ holder, source, resource, quota_limit: limit, usage_max: usage }) => ({
      holder,
      source,
      resource,
      limit: BigInt(limit),
      usage: BigInt(usage),
    }));
  }
}

function toProjectQuota(row: Row): ProjectQuota {
  return {
    project: row.project_uuid,
    resource: row.resource,
    projectLimit: BigInt(row.project_limit),
    projectUsage: BigInt(row.project_max),
    projectPending: BigInt(row.project_max) - BigInt(row.project_min),
  };
}

function toUserQuota(row: Row): UserQuota {
  return {
    ...toProjectQuota(row),
    user: row.user_uuid,
    limit: BigInt(row.user_limit),
    usage: BigInt(row.user_max),
    pending: BigInt(row.user_max) - BigInt(row.user_min),
  };
}
