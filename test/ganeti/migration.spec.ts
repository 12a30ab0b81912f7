/**
 * A running guest moves between the two nodes of a real Ganeti cluster while it writes to its disk, which both nodes reach over NBD only. The lease
 * of its volume goes with it, and what it had flushed is there, wherever it was when it did.
 */
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Archipelago } from '@synnefo/archipelago';
import { poll } from '@synnefo/runtime';
import { Cloud, type CommandOptions, runCommand, tmpDir } from '@synnefo/testing';
import { openStores } from '../../libs/archipelago/src/driver/open-stores.js';
import { Leases } from '../../libs/archipelago/src/lease/lease.js';
import { User } from '../probe/user.js';
import { loginOf } from '../scenario/login.js';
import { consoleGreets, fileOnDisk } from '../scenario/main-job/guest.js';
import { LINES_FILE, WritingGuest } from './writing-guest.js';

/** A real cluster is made of Debian's packages, by root. */
const isPossible = process.getuid?.() === 0 && existsSync('/etc/debian_version');

type NodeName = 'node1' | 'node2';

jest.setTimeout(240_000);

(isPossible ? describe : describe.skip)('the live migration of a guest on a real Ganeti cluster', () => {
  let dir: { path: string; remove(): Promise<void> };
  let cloud: Cloud;
  let user: User;
  let server: string;
  let guest: WritingGuest;
  const image = process.env.SYNNEFO_DEMO_IMAGE ?? '';

  beforeAll(async () => {
    dir = await tmpDir();
    cloud = await Cloud.start({
      dataDir: path.join(dir.path, 'data'),
      queues: 'redis',
      qemu: 'tcg',
      realNodes: 2,
    });
  });

  afterAll(async () => {
    await cloud?.stop();
    await dir?.remove();
  });

  const on = async (node: NodeName, command: string[], options?: CommandOptions): Promise<string> =>
    (await runCommand(path.join(cloud.dataDir, 'ganeti', 'bin', node), command, options)).stdout.trim();
  const home = async (): Promise<NodeName> => {
    const args = ['list', '--no-headers', '-o', 'pnode,status', guest.instance];
    const [, node, status] =
      /^(node[12])\S* +(\S+)$/.exec(await on('node1', ['gnt-instance', ...args])) ?? [];
    expect(status).toBe('running');
    return node === 'node1' ? 'node1' : 'node2';
  };
  const other = (node: NodeName): NodeName => (node === 'node1' ? 'node2' : 'node1');

  /** The node whose archipelagod has the guest's volume open. */
  async function leaseholder(): Promise<NodeName | null> {
    const store = `dir:${path.join(cloud.dataDir, 'archipelago')}`;
    const [archipelago, { maps }] = [
      await Archipelago.open({ store, node: 'observer' }),
      await openStores(store),
    ];
    const volume = await archipelago.info(guest.instance.replace(/-(\d+)$/, '-vol-$1'));
    const owner = await new Leases(maps, { node: 'observer' }).holder(volume.uuid);
    if (owner === null) return null;
    return owner.node.endsWith('-node2') ? 'node2' : 'node1';
  }

  async function withLogs(fn: () => Promise<void>): Promise<void> {
    await fn().catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await cloud.logs()}`, { cause: error });
    });
  }

  async function linesOfSnapshot(name: string): Promise<string[]> {
    await user.snapshot(server, name);
    const object = (await user.listObjects('snapshots')).find((entry) => entry.startsWith(name)) ?? '';
    const disk = path.join(dir.path, `${name}.img`);
    // the disk is larger than its file system
    await writeFile(disk, await user.download('snapshots', object, (await stat(image)).size));
    return (await fileOnDisk(disk, LINES_FILE)).split('\n');
  }

  it('begins with a guest that writes', () =>
    withLogs(async () => {
      user = await User.logIn(cloud, await loginOf(cloud, 'demo'));
      await user.upload('files', 'demo.img', await readFile(image));
      server = await user.createServer(
        'mover',
        await user.register('files', 'demo.img'),
        await user.flavor(),
      );
      await user.serverBecomes(server, 'ACTIVE');
      const [instance = ''] = await cloud.instances();
      await consoleGreets(cloud, instance, 1);
      guest = await WritingGuest.start(cloud, instance);
      expect(await leaseholder()).toBe(await home());
    }));

  it('takes the lease along, there and back, and the guest goes on', () =>
    withLogs(async () => {
      const first = await home();
      for (const target of [other(first), first]) {
        await on('node1', ['gnt-instance', 'migrate', '-f', '-n', target, guest.instance]);
        expect(await home()).toBe(target);
        expect(await leaseholder()).toBe(target);
        await guest.flushesMore();
      }
    }));

  it('leaves guest and lease where they are when the target dies meanwhile', () =>
    withLogs(async () => {
      const here = await home();
      const migrate = ['gnt-instance', 'migrate', '-f', '-n', other(here), guest.instance];
      const failing = on('node1', migrate, { okCodes: [1] });
      const pidFile = `/run/ganeti/kvm-hypervisor/pid/${guest.instance}`;
      await poll({ everyMs: 50, timeoutMs: 60_000, what: 'QEMU on the target' }, async () =>
        (await on(other(here), ['cat', pidFile], { okCodes: [0, 1] })) === '' ? undefined : true,
      );
      await on(other(here), ['sh', '-c', `kill -KILL "$(cat ${pidFile})"`]);
      await failing;
      expect(await home()).toBe(here);
      expect(await leaseholder()).toBe(here);
      await guest.flushesMore();
      await on('node1', ['gnt-instance', 'migrate', '--cleanup', '-f', guest.instance]);
      await guest.flushesMore();
    }));

  it('has lost no flushed byte, and is a server like others', () =>
    withLogs(async () => {
      const flushed = await guest.flushed();
      expect(await linesOfSnapshot('meanwhile')).toEqual(
        expect.arrayContaining(flushed.map((number) => `line ${number}`)),
      );
      const { stdout } = await cloud.snfManage(['reconcile-servers']);
      expect(stdout).not.toContain(guest.instance);
      await user.act(server, 'os-stop', 'SHUTOFF');
      const all = (await guest.flushed()).map((number) => `line ${number}`);
      expect(all.length).toBeGreaterThan(flushed.length);
      expect(await linesOfSnapshot('afterwards')).toEqual(expect.arrayContaining(all));
      await user.deleteServer(server);
      expect(await user.usage()).not.toHaveProperty(['cyclades.vm']);
    }));
});
