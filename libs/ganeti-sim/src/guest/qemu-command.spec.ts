import type { DiskConfig, InstanceConfig } from '../cluster/cluster-config.js';
import { blockdev, qemuArguments } from './qemu-command.js';

const disk: DiskConfig = {
  uuid: '11111111-2222-3333-4444-555555555555',
  name: 'vol-1',
  sizeMib: 64,
  mode: 'rw',
  volume: 'v',
  params: {},
};
const instance: InstanceConfig = {
  ...{
    name: 'snf-1',
    uuid: 'aaaaaaaa-0000-0000-0000-000000000000',
    os: 'synnefo+default',
    hypervisor: 'kvm',
    diskTemplate: 'ext',
  },
  ...{
    adminState: 'up',
    isOn: false,
    disks: [disk],
    beparams: { minmem: 256, maxmem: 256, vcpus: 2 },
    hvparams: {},
    tags: [],
  },
  nics: [{ uuid: 'n', name: null, mac: 'aa:00:00:01:02:03', ip: null, network: null, params: {} }],
  ...{ networkPort: 11_000, ctime: 0, mtime: 0, serialNo: 1 },
};
const files = {
  pid: '/s/pid',
  serial: '/s/a,b.serial',
  qmp: '/s/a.qmp',
  vnc: '/s/a.vnc',
  consoleLog: '/s/console.log',
};
const source = { kind: 'nbd', socket: '/nbd/vol-1.sock', disk } as const;

describe('the command line', () => {
  const text = (accelerator: 'kvm' | 'tcg'): string =>
    qemuArguments({ instance, disks: [source], accelerator, files }).join(' ');

  it('waits for a volume server that went away', () => {
    expect(blockdev(source)).toMatchObject({
      driver: 'nbd',
      server: { type: 'unix', path: '/nbd/vol-1.sock' },
      'reconnect-delay': 300,
      'read-only': false,
    });
  });

  it('gives memory, processors, disks and NICs', () => {
    expect(text('tcg')).toContain('-machine pc,accel=tcg -m 256 -smp 2');
    expect(text('tcg')).toContain('bootindex=1');
    expect(text('tcg')).toContain('mac=aa:00:00:01:02:03');
    expect(text('kvm')).toContain('accel=kvm');
    expect(text('kvm')).not.toContain('-cpu');
  });

  it('keeps the serial output in a file and survives commas in paths', () => {
    expect(text('tcg')).toContain(
      'path=/s/a,,b.serial,server=on,wait=off,logfile=/s/console.log,logappend=on',
    );
  });
});
