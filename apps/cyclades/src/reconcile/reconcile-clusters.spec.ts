import type { ServerDifference } from './compare-server.js';
import { believable } from './reconcile-clusters.js';

const lost = (count: number): ServerDifference[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: 'stale',
    serverId: i,
    here: 'STARTED',
    there: 'no instance',
  }));

describe('a cluster that has lost instances', () => {
  it('is believed for a few', () => {
    expect(believable(lost(5), { servers: 5 })).toHaveLength(5);
    expect(believable(lost(20), { servers: 100 })).toHaveLength(20);
  });

  it('is not believed for many at once; other differences count all the same', () => {
    const stopped: ServerDifference = { kind: 'state', serverId: 99, here: 'STARTED', there: 'STOPPED' };
    expect(believable([...lost(6), stopped], { servers: 10 })).toEqual([stopped]);
    expect(believable(lost(21), { servers: 100 })).toEqual([]);
  });
});
