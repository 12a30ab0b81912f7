import type { DiskConfig, InstanceConfig } from '../cluster/cluster-config.js';
import { beparamsOf } from '../cluster/views.js';
import type { DiskSource } from '../storage/disks.js';

/** A server of a volume that was killed is back within seconds; until then the guest's requests wait. */
const RECONNECT_S = 300;

export interface QemuCommand {
  readonly instance: InstanceConfig;
  readonly disks: readonly DiskSource[];
  readonly accelerator: 'kvm' | 'tcg';
  readonly files: {
    readonly pid: string;
    readonly serial: string;
    readonly qmp: string;
    readonly vnc: string;
    readonly consoleLog: string;
  };
}

/**
 * QEMU's arguments: BIOS, virtio disks, serial console on a socket and into a file, QMP. NICs exist and carry no packets (each on a hub of
 * its own).
 */
export function qemuArguments({ instance, disks, accelerator, files }: QemuCommand): string[] {
  const { maxmem, vcpus } = beparamsOf(instance);
  return [
    ...['-name', instance.name, '-uuid', instance.uuid, '-nodefaults', '-no-user-config'],
    ...['-machine', `pc,accel=${accelerator}`, '-m', String(maxmem), '-smp', String(vcpus)],
    ...(accelerator === 'tcg' ? ['-cpu', 'max,la57=off'] : []),
    ...['-daemonize', '-pidfile', files.pid, '-vga', 'std', '-vnc', `unix:${escaped(files.vnc)}`],
    ...[
      '-chardev',
      `socket,id=serial0,path=${escaped(files.serial)},server=on,wait=off,logfile=${escaped(files.consoleLog)},logappend=on`,
    ],
    ...['-serial', 'chardev:serial0', '-qmp', `unix:${escaped(files.qmp)},server=on,wait=off`],
    ...['-device', 'virtio-rng-pci', '-device', 'virtio-balloon-pci'],
    ...disks.flatMap((source, index) => diskArguments(source, index)),
    ...instance.nics.flatMap((nic, index) => [
      ...['-netdev', `hubport,id=net${index},hubid=${index}`],
      ...['-device', `virtio-net-pci,netdev=net${index},mac=${nic.mac},romfile=`],
    ]),
  ];
}

function diskArguments(source: DiskSource, index: number): string[] {
  const id = deviceId(source.disk);
  return [
    ...['-blockdev', JSON.stringify(blockdev(source))],
    ...['-device', `virtio-blk-pci,id=${id},drive=${id},bootindex=${index + 1}`],
  ];
}

/** @returns the id of a disk's device and block node */
export function deviceId(disk: DiskConfig): string {
  return `disk-${disk.uuid.slice(0, 18)}`;
}

/** The block node of a disk, for the command line and for `blockdev-add`. */
export function blockdev(source: DiskSource): Record<string, unknown> {
  const common = {
    'node-name': deviceId(source.disk),
    'read-only': source.disk.mode === 'ro',
    discard: 'unmap',
  };
  if (source.kind !== 'nbd')
    return { driver: source.kind === 'file' ? 'file' : 'host_device', filename: source.path, ...common };
  return {
    driver: 'nbd',
    server: { type: 'unix', path: source.socket },
    'reconnect-delay': RECONNECT_S,
    ...common,
  };
}

/** A comma in a value is written twice. */
function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}
