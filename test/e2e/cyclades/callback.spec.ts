import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { Redis } from 'ioredis';
import { ApplyBuildProgress } from '../../../apps/cyclades/src/gnt-event/apply-build-progress.js';
import { listenOnSocket } from '../../../apps/cyclades/src/gnt-callback/callback-socket.js';
import { CycladesCloud, type TestUser } from './harness.js';
import { CALLBACK_SECRET, Master } from './master.js';

const opStatus = {
  type: 'ganeti-op-status',
  instance: 'snftest-1',
  operation: 'OP_INSTANCE_STARTUP',
  status: 'success',
  jobId: 7,
  opIndex: 0,
  opCount: 1,
  effect: null,
  cluster: 'sim',
  logmsg: null,
  result: null,
  event_time: [1767225700, 20000],
  job_fields: {},
  tags: [],
};

describe('the callback of a Ganeti master', () => {
  let cloud: CycladesCloud;
  let redis: Redis;
  let user: TestUser;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
    await Master.install(cloud);
    redis = new Redis(cloud.config.SYNNEFO_BUS_URL);
    user = await cloud.newUser();
  });

  afterAll(async () => {
    redis?.disconnect();
    await cloud?.close();
  });

  beforeEach(() => redis.flushdb());

  /** Jobs that wait, of all queues that messages go to. */
  const enqueued = async (): Promise<string[]> => {
    const keys = await redis.keys('bull:cyclades.*');
    return keys.filter((key) => /:(gnt-event|build-progress|\d+)[^:]*$/.test(key)).sort();
  };

  const post = async (
    body: unknown,
    { cluster = 'sim', secret = CALLBACK_SECRET }: { cluster?: string; secret?: string | null } = {},
  ): Promise<number> => {
    const reply = await fetch(`${cloud.url}/ganeti/v1/clusters/${cluster}/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return reply.status;
  };

  it('takes messages into the queues', async () => {
    const wakeUp = {
      type: 'wake-up',
      object: 'instance',
      name: 'snftest-1',
      operation: 'OP_INSTANCE_STARTUP',
    };
    const network = { ...opStatus, type: 'ganeti-network-status', network: 'snftest-net-1', jobId: 8 };
    const cluster = {
      ...opStatus,
      type: 'ganeti-cluster-status',
      operation: 'OP_CLUSTER_SET_PARAMS',
      jobId: 9,
    };
    expect(
      await post({ messages: [opStatus, network, wakeUp, cluster, { type: 'news', of: 'today' }] }),
    ).toBe(202);
    const keys = await enqueued();
    expect(keys).toEqual(
      expect.arrayContaining([
        'bull:cyclades.gnt-event:gnt-event-1-7-0-success',
        'bull:cyclades.gnt-event:gnt-event-1-8-0-success',
        expect.stringMatching(/^bull:cyclades\.gnt-wake-up:/),
        expect.stringMatching(/^bull:cyclades\.backend-refresh:/),
      ]),
    );
    expect(keys).toHaveLength(4);
  });

  const refusals: [string, number, unknown, { cluster?: string; secret?: string | null }][] = [
    ['no secret', 401, { messages: [opStatus] }, { secret: null }],
    ['a wrong secret', 401, { messages: [opStatus] }, { secret: 'callback-secret-of-others' }],
    ['an endless secret', 401, { messages: [opStatus] }, { secret: 'x'.repeat(5_000) }],
    ['an unknown cluster', 404, { messages: [opStatus] }, { cluster: 'other' }],
    ['no JSON', 400, '{"messages": [', {}],
    ['no messages', 400, { messages: [] }, {}],
    ['too many messages', 400, { messages: Array.from({ length: 101 }, () => opStatus) }, {}],
    ['no list', 400, { messages: opStatus }, {}],
    ['a message without a type', 400, { messages: [opStatus, { instance: 'snftest-1' }] }, {}],
    ['a status that does not exist', 400, { messages: [opStatus, { ...opStatus, status: 'cancelled' }] }, {}],
    ['a malformed time', 400, { messages: [{ ...opStatus, event_time: 1767225700.2 }] }, {}],
    ['a job number that is none', 400, { messages: [{ ...opStatus, jobId: '7' }] }, {}],
    ['a NUL in a text', 400, { messages: [{ ...opStatus, logmsg: 'a\u0000b' }] }, {}],
    ['a huge body', 413, { messages: [{ ...opStatus, logmsg: 'x'.repeat(1_100_000) }] }, {}],
  ];

  it.each(refusals)('refuses %s and changes nothing: %i', async (_, status, body, options) => {
    expect(await post(body, options)).toBe(status);
    expect(await enqueued()).toEqual([]);
  });

  it('refuses everything of a cluster without a secret', async () => {
    await cloud.core.dataSource.query(`UPDATE backend SET callback_secret_hash = NULL`);
    expect(await post({ messages: [opStatus] })).toBe(401);
    await Master.install(cloud);
    expect(await post({ messages: [opStatus] })).toBe(202);
  });

  it('notes how an installation goes', async () => {
    const server = { name: 's', imageRef: await cloud.addImage(), flavorRef: String(cloud.flavorId) };
    const created = await cloud.call(user, 'POST', 'compute/v2.1/servers', { server });
    const { id } = (created.body as unknown as { server: { id: string } }).server;
    const [row]: { id: number }[] = await cloud.core.dataSource.query(
      'SELECT id FROM server WHERE uuid = $1',
      [id],
    );
    const apply = new ApplyBuildProgress(cloud.core.dataSource, cloud.core.naming);
    const shared = {
      kind: 'build-progress' as const,
      backendId: 1,
      objectName: cloud.core.naming.server(row?.id ?? 0),
      eventTime: [1767225700, 20000] as [number, number],
    };
    const text = {
      what: 'diagnostic',
      level: 'ERROR',
      source: 'image-error',
      message: 'No space',
      details: 'df',
    };
    for (const percent of [40, 30]) await apply.apply({ ...shared, progress: { what: 'copied', percent } });
    for (let copies = 0; copies < 2; copies += 1)
      await apply.apply({
        ...shared,
        progress: text as Extract<Parameters<typeof apply.apply>[0]['progress'], { what: 'diagnostic' }>,
      });
    await apply.apply({ ...shared, backendId: 2, progress: { what: 'copied', percent: 90 } });
    expect((await cloud.call(user, 'GET', `compute/v2.1/servers/${id}`)).body).toMatchObject({
      server: { progress: 40 },
    });
    const shown = await cloud.call(user, 'GET', `compute/v2.0/servers/${row?.id}`);
    expect(shown.body).toMatchObject({
      server: {
        diagnostics: [{ level: 'ERROR', source: 'image-error', message: 'No space', details: 'df' }],
      },
    });
  });

  it('is served on a socket of its own, and nothing else', async () => {
    const dir = path.join(cloud.dir, 'sockets');
    await mkdir(dir);
    const socketPath = path.join(dir, 'c.sock');
    await writeFile(path.join(dir, 'file'), '');
    await chmod(dir, 0o700);
    const options = { main: cloud.api.getHttpServer(), prefix: 'cyclades' };
    await expect(listenOnSocket(path.join(dir, 'file'), options)).rejects.toThrow('is no socket');
    const socket = await listenOnSocket(socketPath, options);
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    const ask = (method: string, url: string, body?: object): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json', authorization: `Bearer ${CALLBACK_SECRET}` };
        const request = http.request({ socketPath, method, path: url, headers }, (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode ?? 0));
        });
        request.on('error', reject);
        request.end(body === undefined ? undefined : JSON.stringify(body));
      });
    expect(await ask('GET', '/healthcheck')).toBe(200);
    expect(await ask('POST', '/cyclades/ganeti/v1/clusters/sim/messages', { messages: [opStatus] })).toBe(
      202,
    );
    expect(await ask('GET', '/cyclades/compute/v2.1')).toBe(404);
    expect(await ask('GET', '/cyclades/ganeti/v1/clusters/../../../compute')).toBe(404);
    await socket.close();
  });
});
