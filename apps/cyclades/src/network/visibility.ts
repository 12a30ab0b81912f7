import type { Principal } from '@synnefo/auth';

export interface Owned {
  readonly userUuid: string | null;
  readonly project: string | null;
  readonly sharedToProject: boolean;
}

/** The owner sees it, and the members of its project when it is shared with them (compute spec 1.0.6). */
export function mayUse(principal: Principal, row: Owned): boolean {
  if (principal.isAdmin || row.userUuid === principal.userUuid) return true;
  return (
    row.sharedToProject &&
    row.project !== null &&
    principal.projectIds.some((project) => project === row.project)
  );
}

/** Public networks are everybody's to see. */
export function maySeeNetwork(
  principal: Principal,
  network: Owned & { readonly isPublic: boolean },
): boolean {
  return network.isPublic || mayUse(principal, network);
}

/**
 * The same as a condition of a TypeORM query builder whose table is named `alias`; it goes with `visibleParameters`.
 * @param others further conditions that make a row visible: `network.isPublic`
 */
export function visibleCondition(alias: string, ...others: string[]): string {
  const isShared = `(${alias}.sharedToProject AND ${alias}.project = ANY(:principalProjects))`;
  return `(${[':principalIsAdmin::boolean', `${alias}.userUuid = :principalUser`, isShared, ...others].join(' OR ')})`;
}

export function visibleParameters(principal: Principal): Record<string, unknown> {
  return {
    principalIsAdmin: principal.isAdmin,
    principalUser: principal.userUuid,
    principalProjects: principal.projectIds,
  };
}
