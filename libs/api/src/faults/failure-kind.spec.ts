import { isNeighbourAway, isStoreFull, isUnstorableText } from './failure-kind.js';

const coded = (code: string): Error => Object.assign(new Error('x'), { code });

describe('kinds of failures', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', '08006', '57P01', '57P03', '53100', '53300'])(
    '%s: a neighbour is away',
    (code) => {
      expect(isNeighbourAway(coded(code))).toBe(true);
    },
  );

  it.each(['Connection terminated unexpectedly', 'timeout expired'])('"%s": a neighbour is away', (text) => {
    expect(isNeighbourAway(new Error(text))).toBe(true);
  });

  it('a connection that broke under a transaction: a neighbour is away', () => {
    const error = Object.assign(new Error('Query runner already released.'), {
      name: 'QueryRunnerAlreadyReleasedError',
    });
    expect(isNeighbourAway(error)).toBe(true);
  });

  it.each([coded('23505'), coded('22P02'), new Error('timeout'), null, 'ECONNREFUSED'])(
    '%s: none is',
    (error) => {
      expect(isNeighbourAway(error)).toBe(false);
    },
  );

  it.each(['ENOSPC', 'EDQUOT', 'NoSpace'])('%s: the store is full', (code) => {
    expect(isStoreFull(coded(code))).toBe(true);
    expect(isNeighbourAway(coded(code))).toBe(false);
  });

  it('text with a NUL is told by its SQLSTATE', () => {
    expect([coded('22021'), coded('22P05'), coded('22P02')].map(isUnstorableText)).toEqual([
      true,
      true,
      false,
    ]);
  });
});
