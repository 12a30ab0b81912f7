/**
 * What Astakos says that is used, beside what the rows add up to. Astakos is asked before and after the rows are read; what changed meanwhile, or has a
 * commission pending, is not judged. Source: compute spec 4.4.
 */
import type { AstakosClient, Quota, ServiceQuotas } from '@synnefo/astakos-client';
import type { Commissions } from './commissions.js';

/** What one user holds of one resource from one project, as the rows add it up; in units of the resource. */
export interface CountedUsage {
  readonly user: string;
  readonly project: string;
  readonly resource: string;
  readonly amount: bigint;
}

export interface UsageDifference {
  /** `user:<uuid>` or `project:<uuid>` */
  readonly holder: string;
  /** `project:<uuid>` for a user's holding, null for a project's. */
  readonly source: string | null;
  readonly resource: string;
  readonly here: bigint;
  readonly there: bigint;
  /** Not to be judged now. */
  readonly isPending: boolean;
}

type Holding = Pick<UsageDifference, 'holder' | 'source' | 'resource'>;

/** Pure. @param before, after what Astakos said before and after the rows were read */
export function compareUsage(
  counted: readonly CountedUsage[],
  before: ServiceQuotas,
  after: ServiceQuotas,
): UsageDifference[] {
  const here = new Map<string, bigint>();
  for (const { user, project, resource, amount } of counted) {
    for (const key of [keyOf(ofUser(user, project, resource)), keyOf(ofProject(project, resource))])
      here.set(key, (here.get(key) ?? 0n) + amount);
  }
  const differences = new Map<string, UsageDifference>();
  for (const [user, projects] of Object.entries(after)) {
    for (const [project, quotas] of Object.entries(projects)) {
      for (const [resource, quota] of Object.entries(quotas)) {
        const earlier = before[user]?.[project]?.[resource];
        const sides = [
          { ...ofUser(user, project, resource), ...side(quota, earlier, 'usage', 'pending') },
          { ...ofProject(project, resource), ...side(quota, earlier, 'projectUsage', 'projectPending') },
        ];
        for (const { there, isPending, ...holding } of sides) {
          const amount = here.get(keyOf(holding)) ?? 0n;
          if (amount !== there)
            differences.set(keyOf(holding), { ...holding, here: amount, there, isPending });
        }
      }
    }
  }
  return [...differences.values()];
}

/** Brings usage in line, each holding by a commission of its own. @param isForced beyond the limits too. @throws QuotaExceeded */
export async function correctUsage(
  commissions: Commissions,
  { holder, source, resource, here, there }: UsageDifference,
  isForced: boolean,
): Promise<void> {
  const provisions = [{ holder, source, resource, quantity: here - there }];
  await commissions.withCommission({ name: 'usage reconciled', provisions, force: isForced }, () =>
    Promise.resolve(),
  );
}

/** Asks, counts and asks again. */
export async function reviewUsage(
  astakos: Pick<AstakosClient, 'serviceQuotas'>,
  count: () => Promise<CountedUsage[]>,
  filter: { user?: string; project?: string } = {},
): Promise<UsageDifference[]> {
  const before = await astakos.serviceQuotas();
  const counted = await count();
  const differences = compareUsage(counted, before, await astakos.serviceQuotas());
  return differences.filter(
    ({ holder, source }) =>
      (filter.user === undefined || holder === `user:${filter.user}`) &&
      (filter.project === undefined || [holder, source].includes(`project:${filter.project}`)),
  );
}

function side(
  quota: Quota,
  earlier: Quota | undefined,
  usage: 'usage' | 'projectUsage',
  pending: 'pending' | 'projectPending',
): { there: bigint; isPending: boolean } {
  return { there: quota[usage], isPending: quota[pending] !== 0n || earlier?.[usage] !== quota[usage] };
}

function ofUser(user: string, project: string, resource: string): Holding {
  return { holder: `user:${user}`, source: `project:${project}`, resource };
}

function ofProject(project: string, resource: string): Holding {
  return { holder: `project:${project}`, source: null, resource };
}

function keyOf({ holder, source, resource }: Holding): string {
  return `${holder} ${source ?? ''} ${resource}`;
}
