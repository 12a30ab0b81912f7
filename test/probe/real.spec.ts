/**
 * Faults on a real Ganeti cluster of one node: the master's daemons are killed (SIGKILL) and started again in the middle of the main job, with guests
 * that boot; and archipelagod in front of a guest. Ganeti's QEMU cannot be told to connect again, so that guest has to be rebooted; what it had
 * flushed is there.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Cloud, tmpDir } from '@synnefo/testing';
import { consoleGreets, fileOnDisk } from '../scenario/main-job/guest.js';
import { loginOf } from '../scenario/login.js';
import { DAEMONS, killDaemon } from './daemons.js';
import { probeAll, type Strike, titleOf } from './fault.js';
import type { JobOptions, StepName } from './steps.js';
import { note } from './table.js';
import { User } from './user.js';

/** A real cluster is made of Debian's packages, by root. */
const isPossible = process.getuid?.() === 0 && existsSync('/etc/debian_version');

/** Steps in which a job of Ganeti is under way; each daemon has each in some job. */
const STRUCK: readonly StepName[] = ['create', 'stop', 'create from snapshot', 'delete servers'];
const JOBS: readonly Strike[][] = DAEMONS.map((_daemon, turn) =>
  STRUCK.flatMap((step, index) => {
    const daemon = DAEMONS[(index + turn) % DAEMONS.length];
    return daemon === undefined ? [] : [{ step, fault: killDaemon(daemon) }];
  }),
);

(isPossible ? describe : describe.skip)('faults on a real Ganeti cluster', () => {
  jest.setTimeout(900_000);
  let dir: { path: string; remove(): Promise<void> };
  let cloud: Cloud;
  let image: Buffer;

  beforeAll(async () => {
    dir = await tmpDir();
    const options = { queues: 'redis', qemu: 'tcg', realNodes: 1 } as const;
    cloud = await Cloud.start({ dataDir: path.join(dir.path, 'data'), ...options });
    image = await readFile(process.env.SYNNEFO_DEMO_IMAGE ?? '');
  });

  afterAll(async () => {
    await cloud?.stop();
    await dir?.remove();
  });

  const bootsOn = async (file: Buffer): Promise<number> => {
    const disk = path.join(dir.path, 'disk.img');
    await writeFile(disk, file);
    return (await fileOnDisk(disk, '/boots.txt')).trim().split('\n').length;
  };

  it.each(JOBS.map((strikes) => [titleOf(strikes), strikes] as const))('%s', async (_title, strikes) => {
    await probeAll(cloud, strikes, guestsThatBoot(cloud, image, bootsOn));
  });

  it('SIGKILL of archipelagod in front of a guest: what it had flushed is there, and it lives again after a reboot', async () => {
    try {
      const user = await User.logIn(cloud, await loginOf(cloud, 'demo'));
      await user.upload('files', 'flushed.img', image);
      const id = await user.register('files', 'flushed.img');
      const known = await cloud.instances();
      const server = await user.createRunningServer('guest', id, await user.flavor());
      const instance = (await cloud.instances()).find((name) => !known.includes(name)) ?? '';
      await consoleGreets(cloud, instance, 1); // it has noted the boot on its disk, and flushed
      await cloud.killProcess('archipelagod');
      const backAt = Date.now();
      expect(await bootsOn(await snapshotOf(user, server, { name: 'killed', bytes: image.length }))).toBe(1);
      await user.reboot(server, 'HARD');
      await consoleGreets(cloud, instance, 2);
      const seconds = Number(((Date.now() - backAt) / 1000).toFixed(1));
      await user.act(server, 'os-stop', 'SHUTOFF');
      expect(await bootsOn(await snapshotOf(user, server, { name: 'rebooted', bytes: image.length }))).toBe(
        2,
      );
      const fault = 'SIGKILL of archipelagod in front of a guest on stock Ganeti';
      await note([{ fault, step: 'reboot', outcome: 'what was flushed is intact; done', seconds }]);
    } catch (error) {
      throw new Error(`${String(error)}\n${await cloud.logs()}`, { cause: error });
    }
  });
});

/** The first bytes of a new snapshot, by way of its file. */
async function snapshotOf(
  user: User,
  server: string,
  { name, bytes }: { name: string; bytes: number },
): Promise<Buffer> {
  await user.snapshot(server, name);
  const files = await user.listObjects('snapshots');
  return user.download('snapshots', files.find((file) => file.startsWith(name)) ?? '', bytes);
}

/** Waits for guests as a user does who looks at their consoles: one that has not booted does not hear that it should stop. */
function guestsThatBoot(
  cloud: Cloud,
  content: Buffer,
  bootsOn: (file: Buffer) => Promise<number>,
): JobOptions {
  let [current, greetings] = ['', 0];
  return {
    content,
    settle: async (step) => {
      if (step === 'create' || step === 'create from snapshot') {
        current = newest(await cloud.instances());
        greetings = 0;
      }
      if (!['create', 'reboot', 'start', 'create from snapshot'].includes(step)) return;
      greetings += 1;
      await consoleGreets(cloud, current, greetings);
    },
    assertSnapshot: async (file) => {
      // it was made after the second boot
      const boots = await bootsOn(file);
      if (boots !== 2) throw new Error(`the snapshot knows ${boots} boots`);
    },
  };
}

/** Names end in the server's number. */
const newest = (instances: readonly string[]): string =>
  [...instances].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? '';
