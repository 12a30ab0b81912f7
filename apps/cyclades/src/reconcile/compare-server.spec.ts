import type { Instance } from '@synnefo/ganeti-rapi';
import { Naming } from '../installation/naming.js';
import { compareRow, compareServer } from './compare-server.js';
import type { ServerRow } from './compared-rows.js';

const naming = new Naming('snf-');

function aRow(changes: Partial<ServerRow> = {}): ServerRow {
  return {
    id: 7,
    version: '1',
    backendId: 1,
    userUuid: 'u',
    project: 'p',
    operstate: 'STARTED',
    action: 'BUILD',
    task: null,
    chargesRunning: true,
    cpu: 2,
    ramMib: 512,
    isBusy: false,
    ports: [{ id: 3, networkId: 4, index: 0, mac: 'aa:00:00:00:00:01', ipv4: '10.0.0.2', isYoung: false }],
    volumes: [{ id: 5, index: 0, sizeGib: 1, project: 'p' }],
    ...changes,
  };
}

function anInstance(changes: Record<string, unknown> = {}): Instance {
  const instance = {
    name: 'snf-7',
    oper_state: true,
    beparams: { vcpus: 2, maxmem: 512 },
    'nic.names': ['snf-nic-3'],
    'nic.macs': ['aa:00:00:00:00:01'],
    'nic.ips': ['10.0.0.2'],
    'nic.networks.names': ['snf-net-4'],
    'disk.names': ['snf-vol-5'],
    'disk.sizes': [1024],
    ...changes,
  };
  return instance as unknown as Instance; // the parts that are compared
}

const kinds = (row: ServerRow, instance: Instance | null) =>
  compareServer(row, instance, naming).map(({ kind }) => kind);

describe('a server and its instance', () => {
  it('are the same', () => {
    expect(kinds(aRow(), anInstance())).toEqual([]);
  });

  it('differ in nothing while an effect is open', () => {
    const row = aRow({ isBusy: true, task: 'DESTROY' });
    expect(kinds(row, null)).toEqual([]);
    expect(compareRow(row)).toEqual([]);
  });

  it.each([
    ['STARTED', 'BUILD', ['stale']],
    ['STOPPED', 'BUILD', ['stale']],
    ['BUILD', 'BUILD', ['build']],
    ['ERROR', 'BUILD', []],
    ['ERROR', 'DESTROY', ['stale']],
  ] as const)('%s after %s without an instance: %j', (operstate, action, expected) => {
    expect(kinds(aRow({ operstate, action, chargesRunning: operstate !== 'STOPPED' }), null)).toEqual(
      expected,
    );
  });

  it.each([
    ['STARTED', false, ['state']],
    ['STOPPED', true, ['state']],
    ['ERROR', true, ['state']],
    ['BUILD', true, ['build']],
    ['STOPPED', false, []],
    ['STARTED', null, []],
    ['STOPPED', null, []],
    ['BUILD', null, []],
    ['RESIZE', false, []],
  ] as const)('%s with an instance that runs: %j, differ in %j', (operstate, isRunning, expected) => {
    const chargesRunning = operstate !== 'STOPPED' && operstate !== 'RESIZE';
    expect(kinds(aRow({ operstate, chargesRunning }), anInstance({ oper_state: isRunning }))).toEqual(
      expected,
    );
  });

  it('tell what they say', () => {
    const found = compareServer(aRow(), anInstance({ beparams: { vcpus: 4, maxmem: 512 } }), naming);
    expect(found).toEqual([{ kind: 'flavor', serverId: 7, here: '2 CPU, 512 MiB', there: '4 CPU, 512 MiB' }]);
  });

  it.each([
    ['mac', { 'nic.macs': ['aa:00:00:00:00:02'] }],
    ['address', { 'nic.ips': ['10.0.0.3'] }],
    ['no address', { 'nic.ips': [null] }],
    ['network', { 'nic.networks.names': ['snf-net-9'] }],
    ['foreign network', { 'nic.networks.names': ['other'] }],
    ['foreign name', { 'nic.names': [null] }],
    [
      'number',
      {
        'nic.names': ['snf-nic-3', null],
        'nic.macs': ['aa:00:00:00:00:01', 'aa:00:00:00:00:09'],
        'nic.ips': ['10.0.0.2', null],
        'nic.networks.names': ['snf-net-4', null],
      },
    ],
    ['none', { 'nic.names': [], 'nic.macs': [], 'nic.ips': [], 'nic.networks.names': [] }],
  ])('differ in NICs: %s', (_, changes) => {
    expect(kinds(aRow(), anInstance(changes))).toEqual(['nics']);
  });

  it('do not miss a NIC whose job has just been sent', () => {
    const young = { id: 8, networkId: 4, index: 1, mac: null, ipv4: null, isYoung: true };
    const row = aRow({ ports: [...aRow().ports, young] });
    expect(kinds(row, anInstance())).toEqual([]);
    expect(kinds({ ...row, ports: [...aRow().ports, { ...young, isYoung: false }] }, anInstance())).toEqual([
      'nics',
    ]);
  });

  it.each([
    ['size', { 'disk.sizes': [2048] }],
    ['foreign name', { 'disk.names': [null] }],
    ['number', { 'disk.names': [], 'disk.sizes': [] }],
  ])('differ in disks: %s', (_, changes) => {
    expect(kinds(aRow(), anInstance(changes))).toEqual(['disks']);
  });

  it('do not differ in a size that the cluster does not tell', () => {
    expect(kinds(aRow(), anInstance({ 'disk.sizes': [null] }))).toEqual([]);
  });

  it('have a charge that fits the state, and no task without a job', () => {
    expect(kinds(aRow({ operstate: 'STOPPED' }), anInstance({ oper_state: false }))).toEqual(['charge']);
    expect(kinds(aRow({ chargesRunning: false }), anInstance())).toEqual(['charge']);
    expect(kinds(aRow({ task: 'STOP' }), anInstance())).toEqual(['task']);
  });
});
