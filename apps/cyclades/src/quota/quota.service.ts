import { Injectable } from '@nestjs/common';
import { Forbidden } from '@synnefo/api';
import { AstakosClient } from '@synnefo/astakos-client';
import type { Principal } from '@synnefo/auth';
import { DataSource } from '@synnefo/database';
import type { Quotas } from './amounts.js';

/** How many there are of what no resource counts. */
export interface Counts {
  readonly volumes: number;
  readonly snapshots: number;
  readonly subnets: number;
  readonly ports: number;
}

const COUNTS = `
SELECT (SELECT count(*) FROM volume WHERE user_uuid = $1 AND project = $2 AND NOT is_deleted)::int AS volumes,
       (SELECT count(*) FROM snapshot WHERE user_uuid = $1 AND project = $2)::int AS snapshots,
       (SELECT count(*) FROM subnet JOIN network ON network.id = subnet.network_id
         WHERE network.user_uuid = $1 AND network.project = $2 AND NOT subnet.is_deleted)::int AS subnets,
       (SELECT count(*) FROM port WHERE user_uuid = $1 AND project = $2)::int AS ports`;

@Injectable()
export class QuotaService {
  constructor(
    private readonly astakos: AstakosClient,
    private readonly dataSource: DataSource,
  ) {}

  /** The caller's quotas from a project. @throws Forbidden when it is none of the caller's */
  async get(principal: Principal, project: string): Promise<Quotas> {
    assertMember(principal, project);
    const quotas = await this.astakos.serviceQuotas({ user: principal.userUuid });
    return quotas[principal.userUuid]?.[project] ?? {};
  }

  /** @throws Forbidden as `get` */
  async count(principal: Principal, project: string): Promise<Counts> {
    assertMember(principal, project);
    const [counts]: Counts[] = await this.dataSource.query(COUNTS, [principal.userUuid, project]);
    return counts ?? { volumes: 0, snapshots: 0, subnets: 0, ports: 0 };
  }
}

function assertMember(principal: Principal, project: string): void {
  if (!principal.projectIds.some((id) => id === project)) throw new Forbidden();
}
