import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type InstanceCreate, isFinal, type Job, jobFailure, RapiClient } from '@synnefo/ganeti-rapi';
import { poll } from '@synnefo/runtime';
import { freePort, type RunningProcess, startProcess, tmpDir } from '@synnefo/testing';

/** Creates wait in `create` until the file `go` is there; a volume is a file. */
const PROVIDER = `#!/bin/sh
base=\${0%/*}/../..; action=\${0##*/}
echo "$action $VOL_CNAME" >> "$base/calls"
case $action in
create) touch "$base/creating"; while [ ! -e "$base/go" ]; do sleep 0.05; done; : > "$base/$VOL_CNAME.volume" ;;
attach) [ -e "$base/$VOL_CNAME.volume" ] || { echo "no volume $VOL_CNAME" >&2; exit 1; }; printf '\\nkvm:nbd:unix:/nowhere/%s.sock\\n' "$VOL_CNAME" ;;
remove) rm -f "$base/$VOL_CNAME.volume" ;;
esac
`;

let dir: Awaited<ReturnType<typeof tmpDir>>;
let simulator: RunningProcess;
let rapi: RapiClient;
let port: number;

const binary = path.resolve(__dirname, '../../../libs/ganeti-sim/dist/src/bin/ganeti-sim.js');
const file = (name: string): string => path.join(dir.path, name);

async function startSimulator(): Promise<void> {
  simulator = await startProcess({
    command: process.execPath,
    args: [binary],
    env: {
      GANETI_SIM_PORT: String(port),
      GANETI_SIM_DIR: file('state'),
      GANETI_SIM_USERS_FILE: file('users'),
      GANETI_SIM_EXTSTORAGE_DIR: file('providers'),
      GANETI_SIM_QEMU: 'none',
      GANETI_SIM_SPEED: '0',
    },
    readyWhen: /"ready"/,
  });
}

function instance(name: string): InstanceCreate {
  return {
    instance_name: name,
    disk_template: 'ext',
    disks: [{ size: 16, name: `${name}-vol`, provider: 'test', access: 'userspace' }],
    nics: [],
    os_type: 'synnefo+default',
    hypervisor: 'kvm',
    name_check: false,
    ip_check: false,
  };
}

async function statusOf(gntJobId: number): Promise<Job['status'] | undefined> {
  return (await rapi.findJob(gntJobId))?.status;
}

const exists = (name: string): Promise<true | undefined> =>
  readFile(file(name)).then(
    () => true as const,
    () => undefined,
  );

beforeEach(async () => {
  dir = await tmpDir();
  await writeFile(file('users'), 'gnt secret write\n');
  await mkdir(file('providers/test'), { recursive: true });
  for (const action of ['create', 'attach', 'detach', 'remove', 'grow', 'setinfo', 'open']) {
    await writeFile(file(`providers/test/${action}`), PROVIDER);
    await chmod(file(`providers/test/${action}`), 0o755);
  }
  port = await freePort();
  await startSimulator();
  rapi = new RapiClient({ url: `http://127.0.0.1:${port}`, username: 'gnt', password: 'secret' });
});

afterEach(async () => {
  await writeFile(file('go'), '');
  await rapi.close();
  await simulator.kill('SIGKILL');
  await dir.remove();
});

describe('a simulator that is killed', () => {
  it('ends the job that ran, runs the jobs that waited, and keeps the rest', async () => {
    await rapi.waitForJob(await rapi.createNetwork({ network_name: 'net1', network: '10.0.0.0/28' }), {
      timeoutMs: 10_000,
    });
    const running = await rapi.createInstance(instance('one'), { reason: 'effect-1' });
    const waiting = await rapi.startInstance('two', {
      depends: [[running, ['success', 'error', 'canceled']]],
    });
    await poll({ everyMs: 20, timeoutMs: 10_000, what: 'the script to run' }, () => exists('creating'));
    expect([await statusOf(running), await statusOf(waiting)]).toEqual(['running', 'queued']);

    await simulator.kill('SIGKILL');
    await startSimulator();

    const job = await rapi.waitForJob(running, { timeoutMs: 10_000 });
    expect([job.status, job.opresult]).toEqual(['error', [`detected death of job ${running}`]]);
    expect(jobFailure(job)?.message).toBe(`detected death of job ${running}`);
    const [trail = []] = job.ops.map((op) => op.reason?.map(([source]) => source));
    expect(trail).toEqual([
      'gnt:user',
      'gnt:library:rlib2:instances',
      'gnt:opcode:instance_create',
      'gnt:daemon:luxid:deathdetection',
    ]);
    expect((await rapi.findJobByReason('effect-1'))?.id).toBe(running);
    const after = await rapi.waitForJob(waiting, { timeoutMs: 10_000 });
    expect(jobFailure(after)).toMatchObject({ code: 'unknown_entity' });
    expect(await rapi.findInstance('one')).toBeNull();
    expect((await rapi.networks()).map(({ name }) => name)).toEqual(['net1']);
    expect(await rapi.startInstance('three')).toBeGreaterThan(waiting);
  });

  it('loses no job whose number it has answered', async () => {
    const ids = await Promise.all(
      Array.from({ length: 10 }, (_value, n) =>
        rapi.addTags({ kind: 'cluster' }, [`t${n}`], { reason: `r${n}` }),
      ),
    );
    await simulator.kill('SIGKILL');
    await startSimulator();
    const jobs = await Promise.all(ids.map((id) => rapi.waitForJob(id, { timeoutMs: 10_000 })));
    expect(jobs.every((job) => isFinal(job.status))).toBe(true);
    expect(jobs.map((job) => job.ops[0]?.reason?.[0]?.[1])).toEqual(ids.map((_id, n) => `r${n}`));
    expect(new Set(ids).size).toBe(10);
  });

  it('shows instances as they were', async () => {
    await writeFile(file('go'), '');
    const created = await rapi.waitForJob(await rapi.createInstance(instance('one')), { timeoutMs: 10_000 });
    expect([created.status, created.opresult]).toEqual(['success', [['node1']]]);
    await simulator.kill('SIGKILL');
    await startSimulator();
    expect(await rapi.getInstance('one')).toMatchObject({ status: 'running', 'disk.names': ['one-vol'] });
  });
});

describe('the provider of a disk', () => {
  it('is called as by Ganeti, and its failure is the job failure', async () => {
    await writeFile(file('go'), '');
    const done = async (id: Promise<number>): Promise<Job> =>
      rapi.waitForJob(await id, { timeoutMs: 10_000 });
    expect((await done(rapi.createInstance(instance('one')))).status).toBe('success');
    expect((await done(rapi.shutdownInstance('one'))).status).toBe('success');
    expect((await done(rapi.deleteInstance('one'))).status).toBe('success');
    const calls = (await readFile(file('calls'), 'utf8')).trim().split('\n');
    expect(calls).toEqual(
      ['create', 'attach', 'open', 'setinfo', 'attach', 'open', 'detach', 'detach', 'remove'].map(
        (action) => `${action} one-vol`,
      ),
    );
    await writeFile(file('providers/test/create'), '#!/bin/sh\necho "disk is full" >&2\nexit 3\n');
    const failure = jobFailure(await done(rapi.createInstance(instance('two'))));
    expect(failure?.type).toBe('OpExecError');
    expect(failure?.message).toContain(
      "External storage's create script failed (exited with exit code 3), last lines of output:\ndisk is full",
    );
    expect(await rapi.findInstance('two')).toBeNull();
  });
});
