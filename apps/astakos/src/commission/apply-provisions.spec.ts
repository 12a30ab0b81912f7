import fc from 'fast-check';
import { type Counters, issueLines, mergeLines, type ProvisionLine, settleLine } from './apply-provisions.js';
import { keyOf } from '../quota/holdings.js';

const line = (quantity: bigint, holder = 'user:u', resource = 'r'): ProvisionLine => ({
  holder,
  source: 'project:p',
  resource,
  quantity,
});
const on = (counters: Counters, holder = 'user:u') => new Map([[keyOf(line(0n, holder)), counters]]);

describe('commission arithmetic', () => {
  it('sums lines of the same holding', () => {
    const lines = [line(1n), line(2n, 'user:v'), line(4n), { ...line(8n), source: null }];
    expect(mergeLines(lines).map(({ quantity }) => quantity)).toEqual([5n, 2n, 8n]);
  });

  it('refuses an increase over the limit, counting what is pending', () => {
    const refusal = issueLines([line(2n)], on({ limit: 5n, usageMin: 0n, usageMax: 4n }), false);
    expect(refusal).toEqual({ reason: 'capacity', line: line(2n), limit: 5n, usage: 4n });
  });

  it('passes the limit when forced, and lets a decrease through above it', () => {
    const counters = { limit: 5n, usageMin: 4n, usageMax: 4n };
    expect(issueLines([line(9n)], on(counters), true)).toBeNull();
    expect(issueLines([line(-4n)], on(counters), false)).toBeNull();
    expect(counters).toEqual({ limit: 5n, usageMin: 0n, usageMax: 13n });
  });

  it('refuses a decrease below zero, also when forced; a pending increase cannot be given back', () => {
    const refusal = issueLines([line(-1n)], on({ limit: 5n, usageMin: 0n, usageMax: 3n }), true);
    expect(refusal).toMatchObject({ reason: 'quantity', limit: 0n, usage: 0n });
  });

  it('takes nothing for zero, even over the limit', () => {
    expect(issueLines([line(0n)], on({ limit: 0n, usageMin: 7n, usageMax: 7n }), false)).toBeNull();
  });

  it('names the holding that is missing', () => {
    expect(issueLines([line(1n, 'user:x')], on({ limit: 5n, usageMin: 0n, usageMax: 0n }), false)).toEqual({
      reason: 'holding',
      line: line(1n, 'user:x'),
    });
  });

  it('keeps 0 ≤ usageMin ≤ usageMax in any sequence, and reject undoes issue', () => {
    const step = fc.record({
      quantity: fc.bigInt(-20n, 20n),
      decision: fc.constantFrom('accept' as const, 'reject' as const, null),
    });
    fc.assert(
      fc.property(fc.bigInt(0n, 50n), fc.array(step), (limit, steps) => {
        const counters = { limit, usageMin: 0n, usageMax: 0n };
        for (const { quantity, decision } of steps) {
          const before = { ...counters };
          if (issueLines([line(quantity)], on(counters), false) !== null) {
            expect(counters).toEqual(before);
            continue;
          }
          if (decision !== null) settleLine(quantity, counters, decision);
          if (decision === 'reject') expect(counters).toEqual(before);
          expect(counters.usageMin >= 0n && counters.usageMin <= counters.usageMax).toBe(true);
          expect(counters.usageMax <= limit).toBe(true);
        }
      }),
    );
  });
});
