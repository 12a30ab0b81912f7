import type { GntNetwork } from '@synnefo/ganeti-rapi';
import { Naming } from '../installation/naming.js';
import { compareNetworks, type NetworkRow } from './compare-networks.js';

const naming = new Naming('snf-');

const aRow = (changes: Partial<NetworkRow> = {}): NetworkRow => ({
  id: 4,
  version: '1',
  action: null,
  isBusy: false,
  isDeleted: false,
  wasDeleted: false,
  clusters: [{ backendId: 1, operstate: 'ACTIVE' }],
  ...changes,
});

function aNetwork(name = 'snf-net-4', groups = ['default']): GntNetwork {
  return { name, group_list: groups.map((group) => [group, 'bridged', 'prv0', '']) } as unknown as GntNetwork;
}

const kinds = (row: NetworkRow | null, network: GntNetwork | null) =>
  compareNetworks(
    row === null ? [] : [row],
    { backendId: 1, networks: network === null ? [] : [network], groups: ['default'] },
    naming,
  ).map(({ kind, here }) => (kind === 'orphan' ? `orphan ${here}` : kind));

describe('a network and its cluster', () => {
  it.each([
    ['are the same', aRow(), aNetwork(), []],
    ['know nothing of each other', aRow({ clusters: [] }), null, []],
    ['of another cluster', aRow({ clusters: [{ backendId: 2, operstate: 'ACTIVE' }] }), null, []],
    ['whose effect is open', aRow({ isBusy: true }), null, []],
    ['there without a row of the cluster', aRow({ clusters: [] }), aNetwork(), ['unknown']],
    ['not there', aRow(), null, ['missing']],
    ['not there, being deleted', aRow({ action: 'DESTROY' }), null, ['gone']],
    ['there, being deleted', aRow({ action: 'DESTROY' }), aNetwork(), []],
    ['not connected', aRow(), aNetwork('snf-net-4', []), ['unconnected']],
    ['pending', aRow({ clusters: [{ backendId: 1, operstate: 'PENDING' }] }), aNetwork(), ['inactive']],
    ['deleted', aRow({ isDeleted: true, wasDeleted: true, clusters: [] }), aNetwork(), ['orphan deleted']],
    ['deleted after the reading', aRow({ isDeleted: true, clusters: [] }), aNetwork(), []],
    ['without any row', null, aNetwork(), ['orphan unknown']],
    ['of somebody else', null, aNetwork('net1'), []],
  ] as const)('%s', (_, row, network, expected) => {
    expect(kinds(row, network)).toEqual(expected);
  });
});
