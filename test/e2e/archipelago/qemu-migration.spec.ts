/**
 * QEMU itself migrates between two nodes, with disks as stock Ganeti gives them. No guest runs: the monitor's `qemu-io` writes through the
 * disk of the virtual machine, whose memory is small enough to move in a moment.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { poll } from '@synnefo/runtime';
import { type RunningProcess, startProcess } from '@synnefo/testing';
import { qmp } from '../../../libs/ganeti-sim/src/guest/qmp.js';
import { NbdClient } from '../../../libs/archipelago/src/nbd/testing/nbd-client.js';
import { Node } from './support.js';

const MIB = 1024 * 1024;
const SIZE_MIB = 64;
const QEMU = 'qemu-system-x86_64';
const isMissing = spawnSync(QEMU, ['--version']).error !== undefined;

class Machine {
  private constructor(
    private readonly process: RunningProcess,
    private readonly monitor: string,
  ) {}

  /** As `-drive` and `-device` are in Ganeti's KVM; `incoming`: waits for a migration on that socket. */
  static async start(node: Node, name: string, incoming?: string): Promise<Machine> {
    const monitor = `${node.dir}/${name}.qmp`;
    const drive = `file=nbd:unix:${node.nbdDir}/${name}.sock,format=raw,if=none,id=disk,cache=none`;
    const process = await startProcess({
      command: QEMU,
      args: [
        ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'pc,accel=tcg', '-m', '16'],
        ...['-drive', drive, '-device', 'virtio-blk-pci,drive=disk'],
        ...['-qmp', `unix:${monitor},server=on,wait=off`],
        ...(incoming === undefined ? [] : ['-incoming', `unix:${incoming}`]),
      ],
    });
    const machine = new Machine(process, monitor);
    await poll({ everyMs: 50, timeoutMs: 20_000, what: 'QEMU to answer' }, async () => {
      if (process.logs() !== '') throw new Error(process.logs());
      return existsSync(monitor) ? true : undefined;
    });
    await machine.call('query-status');
    return machine;
  }

  async call(execute: string, args: Record<string, unknown> = {}): Promise<unknown> {
    const [result] = await qmp(this.monitor, [{ execute, arguments: args }]);
    return result ?? null;
  }

  /** A command of qemu-io on the disk, which prints on QEMU's own output. @throws Error with that when it fails */
  async io(command: string): Promise<void> {
    const before = this.process.logs().length;
    await this.call('human-monitor-command', { 'command-line': `qemu-io disk "${command}"` });
    if (command === 'flush') return;
    const said = await poll(
      { everyMs: 10, timeoutMs: 20_000, what: `the result of ${command}` },
      async () => {
        const printed = this.process.logs().slice(before);
        return /ops\/sec\)\n|failed.*\n/.test(printed) ? printed : undefined;
      },
    );
    if (!/^(read|wrote) (\d+)\/\2 bytes/.test(said)) throw new Error(`${command}: ${said}`);
  }

  async pausingMigration(to: string): Promise<void> {
    const capabilities = [{ capability: 'pause-before-switchover', state: true }];
    await this.call('migrate-set-capabilities', { capabilities });
    await this.call('migrate', { uri: `unix:${to}` });
  }

  async reaches(query: 'query-migrate' | 'query-status', status: string): Promise<void> {
    await poll({ everyMs: 20, timeoutMs: 20_000, what: `${query} to say ${status}` }, async () => {
      const said = (await this.call(query)) as { status?: string; 'error-desc'?: string };
      if (said.status === 'failed') throw new Error(`the migration failed: ${said['error-desc']}`);
      return said.status === status ? true : undefined;
    });
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    return this.process.kill(signal);
  }
}

const title = isMissing
  ? `QEMU's live migration (skipped: ${QEMU} is not installed)`
  : "QEMU's live migration";
(isMissing ? describe.skip : describe)(title, () => {
  let source: Node;
  let target: Node;
  const machines: Machine[] = [];
  beforeAll(async () => {
    source = await Node.start({ SYNNEFO_NODE: 'source' });
    target = await Node.start({ SYNNEFO_NODE: 'target', ARCHIPELAGO_STORE: `dir:${source.dir}/store` });
    await source.installProvider();
    await target.installProvider();
  });
  afterAll(async () => {
    for (const machine of machines) await machine.kill('SIGKILL');
    await target.remove();
    await source.remove();
  });

  const on = (node: Node, name: string, ...actions: string[]): Promise<void> =>
    node.onDisk({ name, sizeMib: SIZE_MIB }, ...actions);
  async function start(node: Node, name: string, incoming?: string): Promise<Machine> {
    const machine = await Machine.start(node, name, incoming);
    machines.push(machine);
    return machine;
  }

  /** Copied memory, a stopped guest on the source, and its last writes still to be seen by the target. */
  async function beforeSwitchover(name: string): Promise<{ there: Machine; here: Machine }> {
    await on(source, name, 'create', 'attach', 'open True');
    const here = await start(source, name);
    await here.io('write -P 1 0 1M');
    await on(target, name, 'attach', 'close');
    await on(source, name, 'attach', 'open False');
    await on(target, name, 'attach', 'open False');
    const way = `${target.dir}/${name}.migration`;
    const there = await start(target, name, way);
    await here.io('write -P 2 4M 1M');
    await here.pausingMigration(way);
    await here.reaches('query-migrate', 'pre-switchover');
    await here.io('write -P 3 512k 1M');
    return { here, there };
  }

  async function contentOf(node: Node, name: string): Promise<number[]> {
    const client = await NbdClient.connect(`${node.nbdDir}/${name}.sock`);
    const at = [0, 512 * 1024, MIB, 4 * MIB, 6 * MIB];
    const found = await Promise.all(at.map(async (offset) => (await client.read(offset, 1))[0] ?? -1));
    await client.close();
    return found;
  }

  it('carries the disk along: the target reads the last writes, and writes at once', async () => {
    const name = 'snf-vol-qemu';
    const { here, there } = await beforeSwitchover(name);
    await here.call('migrate-continue', { state: 'pre-switchover' });
    await here.reaches('query-migrate', 'completed');
    await there.reaches('query-status', 'running');
    await there.io('read -P 3 512k 1M');
    await there.io('read -P 2 4M 1M');
    await there.io('write -P 4 6M 1M');
    await there.io('flush');
    await there.io('read -P 4 6M 1M');
    await here.kill();
    await on(source, name, 'attach', 'close');
    await on(target, name, 'attach', 'open True');
    await on(source, name, 'attach', 'detach');
    await there.io('write -P 5 1M 64k');
    await there.kill();
    expect(await contentOf(target, name)).toEqual([1, 3, 5, 2, 4]);
  });

  it('leaves the disk with the source when it is cancelled at the last moment', async () => {
    const name = 'snf-vol-cancelled';
    const { here, there } = await beforeSwitchover(name);
    await here.call('migrate_cancel');
    await here.reaches('query-migrate', 'cancelled');
    await there.kill('SIGKILL');
    await here.call('cont');
    await on(target, name, 'attach', 'close', 'detach');
    await on(source, name, 'attach', 'open True');
    await here.io('write -P 6 6M 1M');
    await here.io('flush');
    await here.kill();
    expect(await contentOf(source, name)).toEqual([1, 3, 3, 2, 6]);
  });
});
