import type { Instance } from '@synnefo/ganeti-rapi';
import { Naming } from '../installation/naming.js';
import { compareOrphans, orphanCandidates, type OrphanRow } from './compare-orphans.js';

const naming = new Naming('snf-');

function named(name: string, disks: (string | null)[] = []): Instance {
  return { name, 'disk.names': disks } as unknown as Instance; // the parts that are compared
}

const aRow = (changes: Partial<OrphanRow> = {}): OrphanRow => ({
  id: 7,
  backendId: 1,
  wasDeleted: true,
  isDeleted: true,
  isBusy: false,
  ...changes,
});

const compare = (instance: Instance, rows: OrphanRow[], liveIds: number[] = []) =>
  compareOrphans({ backendId: 1, instances: [instance], liveIds: new Set(liveIds) }, rows, naming).map(
    ({ why }) => why,
  );

describe('an instance', () => {
  it('of a live server is none', () => {
    expect(compare(named('snf-7'), [], [7])).toEqual([]);
  });

  it.each(['web-1', 'snf-', 'snf-07', 'snf-net-7', 'other-7'])('named %s is not ours', (name) => {
    expect(compare(named(name), [])).toEqual([]);
    expect(orphanCandidates([named(name)], new Set(), naming)).toEqual([]);
  });

  it('of a deleted server is an orphan', () => {
    expect(compare(named('snf-7'), [aRow()])).toEqual(['deleted']);
  });

  it('of a server that was deleted after the reading, or whose delete is under way, is none', () => {
    expect(compare(named('snf-7'), [aRow({ wasDeleted: false })])).toEqual([]);
    expect(compare(named('snf-7'), [aRow({ isBusy: true })])).toEqual([]);
  });

  it('of a server that is newer than the reading is none', () => {
    expect(compare(named('snf-7'), [aRow({ isDeleted: false, wasDeleted: false })])).toEqual([]);
  });

  it('of a server of another cluster is told', () => {
    expect(compare(named('snf-7'), [aRow({ isDeleted: false, wasDeleted: false, backendId: 2 })])).toEqual([
      'elsewhere',
    ]);
  });

  it('that no server ever had is told with the volumes it names', () => {
    const cluster = {
      backendId: 1,
      instances: [named('snf-8', ['snf-vol-3', null, 'x'])],
      liveIds: new Set<number>(),
    };
    expect(compareOrphans(cluster, [], naming)).toEqual([
      { serverId: 8, instanceName: 'snf-8', why: 'unknown', volumeIds: [3] },
    ]);
  });
});
