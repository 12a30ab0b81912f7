/**
 * How Cyclades hears of the jobs of a real cluster: through the event forwarder alone, through hooks alone, by polling alone, and through all of them.
 * In each case servers come to their right state, also those whose messages waited in the spool while Cyclades was away.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { poll } from '@synnefo/runtime';
import { Cloud, runCommand, tmpDir } from '@synnefo/testing';
import { Client } from 'pg';
import { User } from '../probe/user.js';
import { loginOf } from '../scenario/login.js';
import { consoleGreets, newInstance } from '../scenario/main-job/guest.js';

interface Sources {
  readonly name: string;
  /** As the event log calls it; absent: any of them may be first. */
  readonly source?: string;
  readonly follower: 'on' | 'off';
  readonly forwarder: boolean;
  readonly hooks: boolean;
  /** Where messages wait. */
  readonly spool?: 'events' | 'hooks';
}

const CASES: readonly Sources[] = [
  {
    ...{ name: 'the forwarder alone', source: 'forwarder', spool: 'events' },
    ...{ follower: 'off', forwarder: true, hooks: false },
  },
  {
    ...{ name: 'hooks alone', source: 'hook', spool: 'hooks' },
    ...{ follower: 'off', forwarder: false, hooks: true },
  },
  {
    ...{ name: 'the follower alone', source: 'follower' },
    ...{ follower: 'on', forwarder: false, hooks: false },
  },
  { ...{ name: 'all of them', spool: 'events' }, ...{ follower: 'on', forwarder: true, hooks: true } },
];

const NODE = 'node1';
const UPDATES = path.resolve(__dirname, '../../infra/ganeti/install-updates.mjs');

/** A real cluster is made of Debian's packages, by root. */
const isPossible = process.getuid?.() === 0 && existsSync('/etc/debian_version');

(isPossible ? describe : describe.skip)('the jobs of a real cluster', () => {
  jest.setTimeout(240_000);
  let dir: { path: string; remove(): Promise<void> };
  let cloud: Cloud;
  let database: Client;
  let user: User;
  let image: string;
  let flavor: string;

  beforeAll(async () => {
    dir = await tmpDir();
    cloud = await Cloud.start({
      ...{ dataDir: path.join(dir.path, 'data'), queues: 'redis', qemu: 'tcg', realNodes: 1 },
    });
    const wrapper = await readFile(path.join(cloud.dataDir, 'bin', 'snf-manage'), 'utf8');
    const connectionString = /CYCLADES_DATABASE_URL='([^']+)'/.exec(wrapper)?.[1];
    database = new Client({ connectionString });
    await database.connect();
    user = await User.logIn(cloud, await loginOf(cloud, 'demo'));
    await user.upload('files', 'demo.img', await readFile(process.env.SYNNEFO_DEMO_IMAGE ?? ''));
    image = await user.register('files', 'demo.img');
    flavor = await user.flavor();
  });

  afterAll(async () => {
    await database?.end();
    if (cloud !== undefined) {
      await forwarder('SIGCONT');
      await cloud.stop();
    }
    await dir?.remove();
  });

  const forwarder = async (signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> => {
    const record = path.join(cloud.dataDir, 'run', `ganeti-forwarder-${NODE}.json`);
    const { pid } = JSON.parse(await readFile(record, 'utf8')) as { pid: number };
    process.kill(pid, signal);
  };

  /** Settings of one process from its next start on; null: as it would be without. */
  const set = async (processName: string, settings: string | null): Promise<void> => {
    const file = path.join(cloud.dataDir, 'settings', `${processName}.env`);
    await mkdir(path.dirname(file), { recursive: true });
    await (settings === null ? rm(file, { force: true }) : writeFile(file, settings));
  };

  const use = async (sources: Sources): Promise<void> => {
    const config = path.join(cloud.dataDir, 'ganeti-updates', NODE, 'config.json');
    const hooksDir = path.join(cloud.dataDir, 'ganeti', 'nodes', NODE, 'etc', 'hooks');
    expect(existsSync(hooksDir)).toBe(true);
    const remove = sources.hooks ? [] : ['--remove'];
    const args = [UPDATES, '--config', config, '--hooks-dir', hooksDir, ...remove];
    await runCommand(process.execPath, args);
    await forwarder(sources.forwarder ? 'SIGCONT' : 'SIGSTOP');
    await set('cyclades-worker', `CYCLADES_JOB_FOLLOWER=${sources.follower}\n`);
    await cloud.killProcess('cyclades-worker');
  };

  /** Messages that wait to be sent. */
  const waiting = async (spool: 'events' | 'hooks'): Promise<number> => {
    const place = path.join(cloud.dataDir, 'ganeti-updates', NODE, 'spool', spool);
    return (await readdir(place).catch(() => [])).filter((name) => name.endsWith('.json')).length;
  };

  /** Keeps Cyclades' API away while `fn` runs. */
  const withoutApi = async (fn: () => Promise<void>): Promise<void> => {
    await set('cyclades-api', 'SYNNEFO_LOG_LEVEL=none of these\n');
    const api = (await cloud.processes()).find(({ name }) => name === 'cyclades-api');
    process.kill(api?.pid ?? 0, 'SIGKILL');
    try {
      await fn();
    } finally {
      await set('cyclades-api', null);
    }
  };

  interface Fact {
    readonly action: string;
    readonly state: string;
    readonly ends: { source: string }[];
  }

  /** A server's effects with the ends of their jobs in the event log, and who told them. */
  const facts = async (uuid: string): Promise<Fact[]> => (await database.query<Fact>(FACTS, [uuid])).rows;

  it.each(CASES)('are known through $name, each fact once', async (sources) => {
    try {
      await use(sources);
      const known = await cloud.instances();
      const server = await user.createServer(sources.name, image, flavor);
      await user.serverBecomes(server, 'ACTIVE');
      // a guest that has not booted does not hear that it is to stop
      await consoleGreets(cloud, await newInstance(cloud, known), 1);
      await user.act(server, 'os-stop', 'SHUTOFF');
      await user.ask(server, 'os-start', 'ACTIVE');
      await withoutApi(async () => {
        const { spool } = sources;
        const options = {
          everyMs: 100,
          timeoutMs: 60_000,
          what: 'a message that waits, or the end of the job',
        };
        await poll(options, async () =>
          spool === undefined || (await waiting(spool)) > 0 ? true : undefined,
        );
        // who follows the jobs may die as well
        await cloud.killProcess('cyclades-worker');
      });
      await user.serverBecomes(server, 'ACTIVE');
      await user.deleteServer(server);
      const found = await facts(server);
      expect(found.map(({ action, state }) => `${action} ${state}`)).toEqual(
        ['BUILD', 'STOP', 'START', 'DESTROY'].map((action) => `${action} DONE`),
      );
      expect(found.map(({ ends }) => ends.length)).toEqual([1, 1, 1, 1]);
      const told = found.flatMap(({ ends }) => ends.map(({ source }) => source));
      if (sources.source === undefined) return;
      expect(told).toContain(sources.source);
      // who looks for jobs that nobody told of may come first, when the machine is slow or Cyclades was away
      expect(told.filter((source) => ![sources.source, 'reconciliation'].includes(source))).toEqual([]);
    } catch (error) {
      throw new Error(`${String(error)}\n${await cloud.logs()}`, { cause: error });
    }
  });
});

const FACTS = `
SELECT effect.action, effect.state,
       coalesce((SELECT json_agg(json_build_object('source', source)) FROM gnt_event
                  WHERE gnt_event.backend_id = effect.backend_id AND gnt_event.job_id = effect.job_id
                    AND status IN ('success', 'error', 'canceled')), '[]') AS ends
  FROM effect JOIN server ON object_type = 'server' AND object_id = server.id::text WHERE uuid = $1 ORDER BY seq`;
