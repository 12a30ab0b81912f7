import type { Quota, ServiceQuotas } from '@synnefo/astakos-client';
import { compareUsage } from './usage-review.js';

function aQuota(usage: bigint, projectUsage: bigint, changes: Partial<Quota> = {}): Quota {
  return { limit: 9n, usage, pending: 0n, projectLimit: 9n, projectUsage, projectPending: 0n, ...changes };
}

const held = (a: Quota, b: Quota): ServiceQuotas => ({ a: { p: { vm: a } }, b: { p: { vm: b } } });
const counted = (amount: bigint, user = 'a') => ({ user, project: 'p', resource: 'vm', amount });

describe('usage that Astakos has', () => {
  it('is what the rows add up to', () => {
    const quotas = held(aQuota(3n, 4n), aQuota(1n, 4n));
    expect(compareUsage([counted(2n), counted(1n), counted(1n, 'b')], quotas, quotas)).toEqual([]);
  });

  it('differs of a user and of the project, each once', () => {
    const quotas = held(aQuota(3n, 4n), aQuota(1n, 4n));
    expect(compareUsage([counted(2n), counted(1n, 'b')], quotas, quotas)).toEqual([
      { holder: 'user:a', source: 'project:p', resource: 'vm', here: 2n, there: 3n, isPending: false },
      { holder: 'project:p', source: null, resource: 'vm', here: 3n, there: 4n, isPending: false },
    ]);
  });

  it('is not judged while a commission is pending, or when it changed during the reading', () => {
    const pending = held(aQuota(1n, 0n, { pending: 1n }), aQuota(0n, 0n));
    expect(compareUsage([], pending, pending)).toEqual([
      expect.objectContaining({ holder: 'user:a', isPending: true }),
    ]);
    const changed = compareUsage(
      [],
      held(aQuota(0n, 0n), aQuota(0n, 0n)),
      held(aQuota(1n, 0n), aQuota(0n, 0n)),
    );
    expect(changed).toEqual([expect.objectContaining({ holder: 'user:a', isPending: true })]);
  });
});
