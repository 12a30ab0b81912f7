import { MIB, UNLIMITED } from '@synnefo/units';
import { amountOf, fixed, quotaBody, unlimited } from './amounts.js';

const quota = (limit: bigint, projectLimit: bigint, usage = 0n) => ({
  limit,
  usage,
  pending: 0n,
  projectLimit,
  projectUsage: usage,
  projectPending: 0n,
});

describe('amounts', () => {
  it('count in the unit of the face, and the narrower of the two limits', () => {
    const quotas = { 'cyclades.ram': quota(4n * 2n ** 20n, 2n * 2n ** 20n, 2n ** 20n) };
    expect(amountOf(quotas, 'cyclades.ram', MIB)).toEqual({ limit: 2, used: 1 });
  });

  it('write unlimited as -1, also for what nobody limits', () => {
    expect(amountOf({ x: quota(UNLIMITED, UNLIMITED, 3n) }, 'x')).toEqual({ limit: -1, used: 3 });
    expect(amountOf({ x: quota(UNLIMITED, 5n) }, 'x')).toEqual({ limit: 5, used: 0 });
    expect(amountOf({}, 'x')).toEqual({ limit: -1, used: 0 });
  });

  it('show limits alone, or what is in use in the word of the face', () => {
    const amounts = { a: fixed(1), b: unlimited(2) };
    expect(quotaBody(amounts, null)).toEqual({ a: 1, b: -1 });
    expect(quotaBody(amounts, 'used')).toEqual({
      a: { limit: 1, used: 0, reserved: 0 },
      b: { limit: -1, used: 2, reserved: 0 },
    });
  });
});
