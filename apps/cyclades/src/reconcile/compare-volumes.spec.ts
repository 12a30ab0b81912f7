import { GIB } from '@synnefo/units';
import { Naming } from '../installation/naming.js';
import { compareVolumes, type StoredVolume, type VolumeMap } from './compare-volumes.js';

const naming = new Naming('snf-');

const aRow = (changes: Partial<StoredVolume> = {}): StoredVolume => ({
  id: 5,
  version: '1',
  status: 'IN_USE',
  hasData: true,
  sizeGib: 1,
  isDeleted: false,
  wasDeleted: false,
  isBusy: false,
  ...changes,
});

const aMap = (name = 'snf-vol-5', sizeBytes = GIB): VolumeMap => ({ name, sizeBytes });

describe('a volume and its map', () => {
  it.each([
    ['are the same', aRow(), aMap(), []],
    ['that it does not have yet', aRow({ status: 'ERROR', hasData: false }), null, []],
    ['that was lost', aRow(), null, ['missing']],
    ['that was lost, which shows already', aRow({ status: 'ERROR' }), null, []],
    ['of another size', aRow(), aMap('snf-vol-5', 2 * GIB), ['size']],
    ['on the way', aRow({ status: 'CREATING', isBusy: true }), null, []],
    ['stuck on the way', aRow({ status: 'CREATING', hasData: false }), null, ['stuck']],
    ['of a deleted volume', aRow({ isDeleted: true, wasDeleted: true }), aMap(), ['orphan']],
    ['of a volume deleted just now', aRow({ isDeleted: true }), aMap(), []],
    [
      'of a deleted volume of which a snapshot is taken',
      aRow({ isDeleted: true, wasDeleted: true, isBusy: true }),
      aMap(),
      [],
    ],
    ['without any row', null, aMap(), ['orphan']],
    ['of a snapshot', null, aMap('snf-snap-5-1'), []],
    ['of somebody else', null, aMap('other-vol-5'), []],
  ] as const)('%s', (_, row, map, expected) => {
    const found = compareVolumes(row === null ? [] : [row], map === null ? [] : [map], naming);
    expect(found.map(({ kind }) => kind)).toEqual(expected);
  });
});
