/** What a user holds from a project and may hold, as the OpenStack faces count it. Pure. */
import type { Quota } from '@synnefo/astakos-client';

/** Resource → numbers of the quota service. */
export type Quotas = Readonly<Record<string, Quota>>;

export interface Amount {
  /** -1: unlimited. */
  readonly limit: number;
  readonly used: number;
}

/** Beyond it nobody counts: unlimited is 2^63 − 1, and limits of several projects are summed. */
const LARGEST = 2n ** 62n;

/** @param unit how many of the resource's units make one: `MIB` for memory, which is held in bytes */
export function amountOf(quotas: Quotas, resource: string, unit = 1): Amount {
  const quota = quotas[resource];
  if (quota === undefined) return { limit: -1, used: 0 };
  const limit = quota.limit < quota.projectLimit ? quota.limit : quota.projectLimit;
  const inUnit = (value: bigint) => Number(value / BigInt(unit));
  return { limit: limit >= LARGEST ? -1 : inUnit(limit), used: inUnit(quota.usage) };
}

export function unlimited(used: number): Amount {
  return { limit: -1, used };
}

/** A limit that the installation sets, not the quota service. */
export function fixed(limit: number, used = 0): Amount {
  return { limit, used };
}

/** Limits alone, or each with what is in use under the name that the face has for it. */
export function quotaBody(
  amounts: Readonly<Record<string, Amount>>,
  usedKey: 'in_use' | 'used' | null,
): Record<string, unknown> {
  const show = ({ limit, used }: Amount) =>
    usedKey === null ? limit : { limit, [usedKey]: used, reserved: 0 };
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, show(amount)]));
}
