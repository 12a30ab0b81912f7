import { type RapiClient, RapiDown } from '@synnefo/ganeti-rapi';
import { poll } from '@synnefo/runtime';
import { BackendPool } from '../../../apps/cyclades/src/backend/backend-pool.js';
import { EffectClaims } from '../../../apps/cyclades/src/effect/effect-claims.js';
import { EffectRunner } from '../../../apps/cyclades/src/effect/effect-runner.js';
import { Effects } from '../../../apps/cyclades/src/effect/effects.js';
import { ApplyGntEvent } from '../../../apps/cyclades/src/gnt-event/apply-gnt-event.js';
import { CycladesCloud, type TestUser, type TestWorker } from './harness.js';

jest.setTimeout(180_000);

/** Every line of the way at which a worker can die, and the answer that gets lost. */
const DEATHS = [
  'after claim',
  'before marking',
  'after marking',
  'before submit',
  'after submit',
  'lost answer',
  'refused connection',
  'after row',
] as const;
type Death = (typeof DEATHS)[number];

/** Not an error of anything: the worker is dead from here on. */
class Killed extends Error {}

/** Lets the worker die once for each effect that is named, at the line that is named; its claim stays as it was. */
class Reaper {
  readonly #deaths = new Map<string, Death>();
  readonly #dead = new Set<string>();

  constructor(worker: TestWorker, rapi: RapiClient) {
    worker.app.get(EffectRunner, { strict: false }).timings = {
      searchMs: 4_000,
      searchEveryMs: 200,
      retryMs: 1_000,
    };
    this.#patchRepository(worker.app.get(EffectClaims, { strict: false }));
    this.#patchRapi(rapi);
  }

  dieFor(effectId: string, death: Death): void {
    this.#deaths.set(effectId, death);
  }

  get remaining(): number {
    return this.#deaths.size;
  }

  #at(effectId: string, line: Death): void {
    if (this.#deaths.get(effectId) !== line) return;
    this.#deaths.delete(effectId);
    this.#dead.add(effectId);
    throw new Killed(line);
  }

  #patchRepository(effects: EffectClaims): void {
    const { claim, renew, release, markSubmitting, markSubmitted } = bound(effects);
    effects.claim = async (id, worker) => {
      const claimed = await claim(id, worker);
      if (claimed) this.#at(id, 'after claim');
      return claimed;
    };
    effects.renew = async (id, worker) => (this.#dead.has(id) ? false : renew(id, worker));
    effects.release = async (id, worker) => {
      if (!this.#dead.delete(id)) await release(id, worker);
    };
    effects.markSubmitting = async (id, worker) => {
      this.#at(id, 'before marking');
      const marked = await markSubmitting(id, worker);
      this.#at(id, 'after marking');
      return marked;
    };
    effects.markSubmitted = async (id, jobId) => {
      await markSubmitted(id, jobId);
      this.#at(id, 'after row');
    };
  }

  #patchRapi(rapi: RapiClient): void {
    const createInstance = rapi.createInstance.bind(rapi);
    rapi.createInstance = async (instance, options = {}) => {
      const id = options.reason ?? '';
      this.#at(id, 'before submit');
      const request = { method: 'POST', path: '/2/instances' };
      if (this.#takes(id, 'refused connection')) throw new RapiDown('ECONNREFUSED', request, 'not-received');
      const jobId = await createInstance(instance, options);
      if (this.#takes(id, 'lost answer')) throw new RapiDown('no answer', request, 'unknown');
      this.#at(id, 'after submit');
      return jobId;
    };
  }

  #takes(effectId: string, line: Death): boolean {
    return this.#deaths.get(effectId) === line && this.#deaths.delete(effectId);
  }
}

function bound(effects: EffectClaims) {
  return {
    claim: effects.claim.bind(effects),
    renew: effects.renew.bind(effects),
    release: effects.release.bind(effects),
    markSubmitting: effects.markSubmitting.bind(effects),
    markSubmitted: effects.markSubmitted.bind(effects),
  };
}

describe('effects', () => {
  let cloud: CycladesCloud;
  let user: TestUser;
  let worker: TestWorker;
  let reaper: Reaper;
  let image: string;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
    image = await cloud.addImage();
    worker = await cloud.startWorker();
    reaper = new Reaper(worker, await worker.app.get(BackendPool, { strict: false }).client(1));
  });

  beforeEach(async () => {
    user = await cloud.newUser();
  });

  afterAll(() => cloud?.close());

  const create = async (imageRef = image): Promise<string> => {
    const server = { name: 's', imageRef, flavorRef: String(cloud.flavorId) };
    const reply = await cloud.call(user, 'POST', 'compute/v2.1/servers', { server });
    expect(reply.status).toBe(202);
    return (reply.body as unknown as { server: { id: string } }).server.id;
  };

  const effectsOf = async (
    serverId: string,
  ): Promise<{ id: string; state: string; job_id: string | null }[]> =>
    cloud.core.dataSource.query(
      `SELECT effect.id, effect.state, effect.job_id FROM effect JOIN server ON server.id::text = object_id AND object_type = 'server'
        WHERE server.uuid = $1 ORDER BY seq`,
      [serverId],
    );

  const remove = async (id: string): Promise<void> => {
    expect((await cloud.call(user, 'DELETE', `compute/v2.1/servers/${id}`)).status).toBe(204);
    await cloud.waitFor(user, id, 'DELETED', 40_000);
  };

  /** How many jobs Ganeti got for an effect. */
  const jobsOf = async (effectId: string): Promise<number> => {
    const rapi = await worker.app.get(BackendPool, { strict: false }).client(1);
    return (await rapi.jobs()).filter((job) =>
      job.ops.some((op) => op.reason?.some(([, text]) => text === effectId)),
    ).length;
  };

  it('happen once wherever the worker dies', async () => {
    const api = cloud.api.get(Effects, { strict: false });
    const enqueue = api.enqueue.bind(api);
    const deaths = [...DEATHS];
    api.enqueue = async (effectId, options) => {
      const death = deaths.shift();
      if (death !== undefined) reaper.dieFor(effectId, death);
      return enqueue(effectId, options);
    };
    const ids: string[] = [];
    for (const _ of DEATHS) ids.push(await create());
    api.enqueue = enqueue;
    await Promise.all(ids.map((id) => cloud.waitFor(user, id, 'ACTIVE', 60_000)));
    expect(reaper.remaining).toBe(0);
    for (const id of ids) {
      const [effect] = await effectsOf(id);
      expect(effect).toMatchObject({ state: 'DONE' });
      expect(await jobsOf(effect?.id ?? '')).toBe(1);
    }
    for (const id of ids) await remove(id);
    await cloud.expectUsage(user, {});
  });

  it('are found again when nobody was told of them', async () => {
    const api = cloud.api.get(Effects, { strict: false });
    const enqueue = api.enqueue.bind(api);
    api.enqueue = () => Promise.resolve(); // the API dies between commit and enqueue
    const id = await create();
    api.enqueue = enqueue;
    await cloud.waitFor(user, id, 'ACTIVE', 60_000);
    await remove(id);
    await cloud.expectUsage(user, {});
  });

  describe('whose times lie an hour ahead, since the clock of PostgreSQL was put back', () => {
    const SHIFT: Readonly<Record<string, string>> = {
      PENDING:
        'created_at = now() + $2::interval, claimed_until = now() + $2::interval, submit_started_at = now() + $2::interval',
      SUBMITTED: 'submitted_at = now() + $2::interval, claimed_until = now() + $2::interval',
    };
    /** Waits until the effect of the server is in the state, and puts its times ahead. */
    const shift = (serverId: string, state: 'PENDING' | 'SUBMITTED') =>
      poll({ everyMs: 5, timeoutMs: 20_000, what: `an effect to be ${state}` }, async () => {
        const [effect] = await effectsOf(serverId);
        const [rows]: [unknown[], number] = await cloud.core.dataSource.query(
          `UPDATE effect SET ${SHIFT[state] ?? ''} WHERE id = $1 AND state = '${state}' AND finished_at IS NULL RETURNING id`,
          [effect?.id, '1 hour'],
        );
        return rows.length > 0 || undefined;
      });

    it('are found, though a worker had them and was about to submit', async () => {
      const api = cloud.api.get(Effects, { strict: false });
      const enqueue = api.enqueue.bind(api);
      api.enqueue = () => Promise.resolve();
      const id = await create();
      api.enqueue = enqueue;
      await shift(id, 'PENDING');
      await cloud.waitFor(user, id, 'ACTIVE', 60_000);
      const [effect] = await effectsOf(id);
      expect(await jobsOf(effect?.id ?? '')).toBe(1);
      await remove(id);
    });

    it('are followed to the end of their jobs', async () => {
      const id = await create();
      await shift(id, 'SUBMITTED');
      await cloud.waitFor(user, id, 'ACTIVE', 60_000);
      await remove(id);
    });
  });

  it('survive the loss of everything in Redis', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 4; i += 1) ids.push(await create());
    await cloud.loseQueues();
    await Promise.all(ids.map((id) => cloud.waitFor(user, id, 'ACTIVE', 60_000)));
    for (const id of ids) await remove(id);
    await cloud.expectUsage(user, {});
    expect(await cloud.pendingCommissions()).toEqual([]);
  });

  it('show their failure, which stays charged until the server is deleted', async () => {
    const id = await create(await cloud.addBrokenImage());
    const server = await cloud.waitFor(user, id, 'ERROR');
    expect(server).toMatchObject({
      status: 'ERROR',
      fault: { code: 500, message: expect.stringContaining("Can't create block device") },
    });
    expect((await cloud.usage(user))['cyclades.cpu']).toBe(1n);
    expect(
      (await cloud.call(user, 'POST', `compute/v2.1/servers/${id}/action`, { 'os-start': null })).status,
    ).toBe(409);
    await remove(id);
    await cloud.expectUsage(user, {});
  });

  it('give back everything when a delete overtakes a stop', async () => {
    const id = await create();
    await cloud.waitFor(user, id, 'ACTIVE');
    expect(
      (await cloud.call(user, 'POST', `compute/v2.1/servers/${id}/action`, { 'os-stop': null })).status,
    ).toBe(202);
    await remove(id);
    await cloud.expectUsage(user, {});
    expect(await cloud.pendingCommissions()).toEqual([]);
  });

  it('are not changed by old or repeated messages', async () => {
    const id = await create();
    await cloud.waitFor(user, id, 'ACTIVE');
    expect(
      (await cloud.call(user, 'POST', `compute/v2.1/servers/${id}/action`, { 'os-stop': null })).status,
    ).toBe(202);
    await cloud.waitFor(user, id, 'SHUTOFF');
    const [build, stop] = await effectsOf(id);
    const apply = worker.app.get(ApplyGntEvent, { strict: false });
    const event = (effect: typeof build, operation: string) => ({
      kind: 'job' as const,
      source: 'follower' as const,
      backendId: 1,
      jobId: Number(effect?.job_id),
      opIndex: 0,
      opCount: 1,
      operation,
      status: 'success' as const,
      objectName: null,
      effectId: effect?.id ?? null,
      logMessage: null,
      failure: null,
    });
    await apply.apply(event(build, 'OP_INSTANCE_CREATE'));
    await apply.apply(event(stop, 'OP_INSTANCE_SHUTDOWN'));
    await apply.apply({ ...event(build, 'OP_INSTANCE_CREATE'), status: 'running' });
    expect((await cloud.call(user, 'GET', `compute/v2.1/servers/${id}`)).body).toMatchObject({
      server: { status: 'SHUTOFF' },
    });
    await remove(id);
    await cloud.expectUsage(user, {});
  });

  it('wait for a cluster that is away', async () => {
    await cloud.simulator?.close();
    const id = await create();
    await poll({ everyMs: 50, timeoutMs: 10_000, what: 'a try' }, async () =>
      (await effectsOf(id))[0]?.state === 'PENDING' ? true : undefined,
    );
    await cloud.startSimulator();
    await cloud.waitFor(user, id, 'ACTIVE', 60_000);
    await remove(id);
    await cloud.expectUsage(user, {});
  });
});
