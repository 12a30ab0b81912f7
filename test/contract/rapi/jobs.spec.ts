import { openTarget, type Target } from './target.js';

let target: Target;

beforeAll(async () => {
  target = await openTarget();
}, 120_000);
afterAll(() => target.stop());

jest.setTimeout(120_000);

const JOB_KEYS = [
  'end_ts',
  'id',
  'oplog',
  'opresult',
  'ops',
  'opstatus',
  'received_ts',
  'start_ts',
  'status',
  'summary',
];

/** A job that succeeds and changes nothing. */
function nothing(options?: Parameters<Target['rapi']['addTags']>[2]): Promise<number> {
  return target.rapi.addTags({ kind: 'cluster' }, [], options);
}

describe('a job', () => {
  it('is answered by its number alone, and has the known shape', async () => {
    const reply = await target.raw('PUT', '/2/tags');
    expect(reply).toMatchObject({ status: 200, value: expect.any(Number) as number });
    const id = reply.value as number; // checked above
    await target.done(id);
    const { value } = await target.raw('GET', `/2/jobs/${id}`);
    expect(Object.keys(value as object).sort()).toEqual(JOB_KEYS);
    const time = [expect.any(Number), expect.any(Number)];
    expect(value).toEqual({
      id,
      status: 'success',
      summary: ['TAGS_SET'],
      opstatus: ['success'],
      opresult: [null],
      oplog: [[]],
      received_ts: time,
      start_ts: time,
      end_ts: time,
      ops: [
        {
          OP_ID: 'OP_TAGS_SET',
          kind: 'cluster',
          tags: [],
          dry_run: false,
          debug_level: 0,
          priority: 0,
          depends: null,
          comment: null,
          reason: [
            ['gnt:library:rlib2:tags', '', expect.any(Number)],
            ['gnt:opcode:tags_set', `job=${id};index=0`, expect.any(Number)],
          ],
        },
      ],
    });
  });

  it('is listed by number and address, or whole but for log and results', async () => {
    const id = await nothing();
    await target.done(id);
    const list = await target.raw('GET', '/2/jobs');
    expect(list.value).toContainEqual({ id, uri: `/2/jobs/${id}` });
    const { value } = await target.raw('GET', '/2/jobs?bulk=1');
    const listed = (value as { id: number }[]).find((job) => job.id === id);
    expect(Object.keys(listed ?? {}).sort()).toEqual(
      JOB_KEYS.filter((key) => key !== 'oplog' && key !== 'opresult'),
    );
  });

  it('of an unknown number is 200 with nulls', async () => {
    const nulls = Object.fromEntries(JOB_KEYS.map((key) => [key, null]));
    const reply = await target.raw('GET', '/2/jobs/9999999');
    expect([reply.status, reply.value]).toEqual([200, { ...nulls, id: 9_999_999 }]);
  });

  it('carries the reason of its request, and is found by it', async () => {
    const reason = `effect-${target.name()}`;
    const id = await nothing({ reason });
    const found = await target.rapi.findJobByReason(reason);
    expect(found?.id).toBe(id);
    expect(found?.ops[0]?.reason?.map(([source, text]) => [source, text])).toEqual([
      ['gnt:user', reason],
      ['gnt:library:rlib2:tags', ''],
      ['gnt:opcode:tags_set', `job=${id};index=0`],
    ]);
    await target.done(id);
  });
});

describe('dependencies', () => {
  it('run after what they depend on', async () => {
    const first = await nothing();
    const second = await nothing({ depends: [[first, ['success', 'error', 'canceled']]] });
    const after = await target.done(second);
    const before = await target.done(first);
    expect(after.ops[0]?.depends).toEqual([[first, ['success', 'error', 'canceled']]]);
    expect(after.start_ts?.[0] ?? 0).toBeGreaterThanOrEqual(before.end_ts?.[0] ?? Infinity);
  });

  it('fail when it ended otherwise than asked', async () => {
    const first = await nothing();
    const second = await nothing({ depends: [[first, ['error']]] });
    expect(await target.failed(second)).toEqual({
      type: 'OpExecError',
      message: `Dependency job ${first} finished with status 'success', not one of 'error' as required`,
      code: null,
    });
  });

  it('fail when there is no such job', async () => {
    const id = await nothing({ depends: [[9_999_999, ['success']]] });
    const message = 'Dependency error: Job 9999999 not found';
    expect(await target.failed(id)).toEqual({ type: 'OpExecError', message, code: null });
  });

  it('are taken where a resource builds its own body', async () => {
    const first = await nothing();
    const id = await target.rapi.startInstance('nosuch', { depends: [[first, ['success']]] });
    const job = await target.ended(id);
    expect(job.ops[0]?.depends).toEqual([[first, ['success']]]);
  });
});

describe('cancel', () => {
  it('ends a waiting job', async () => {
    const first = await nothing();
    const second = await nothing({ depends: [[first, ['success']]] });
    const third = await nothing({ depends: [[second, ['success']]] });
    const answer = await target.rapi.cancelJob(third);
    expect(answer).toEqual({ canceled: true, message: `Dequeued job ${third}` });
    const job = await target.ended(third);
    expect([job.status, job.opstatus, job.opresult]).toEqual(['canceled', ['canceled'], [null]]);
  });

  it('knows no job that has ended or never was', async () => {
    const id = await nothing();
    await target.done(id);
    expect(await target.rapi.cancelJob(id)).toEqual({
      canceled: false,
      message: `Job ${id} not found in queue`,
    });
    const message = 'Job 9999999 not found in queue';
    expect(await target.rapi.cancelJob(9_999_999)).toEqual({ canceled: false, message });
  });
});

describe('wait', () => {
  it('answers at once when the job is not as the caller knows it', async () => {
    const id = await nothing();
    await target.done(id);
    const change = await target.rapi.waitForJobChange(id, { fields: ['id', 'status', 'opresult'] });
    expect(change).toEqual({ job_info: [id, 'success', [null]], log_entries: [] });
    const unknown = await target.rapi.waitForJobChange(id, { fields: ['id', 'nosuch'] });
    expect(unknown).toEqual({ job_info: [null, null], log_entries: [] });
  });

  it('answers at once for a job that has ended, though nothing changed', async () => {
    const id = await nothing();
    await target.done(id);
    const startedAt = Date.now();
    const change = await target.rapi.waitForJobChange(id, { fields: ['status'], previousInfo: ['success'] });
    expect(change).toEqual({ job_info: ['success'], log_entries: [] });
    expect(Date.now() - startedAt).toBeLessThan(5000);
  });

  it('answers when the status changes', async () => {
    const id = await nothing();
    const second = await nothing({ depends: [[id, ['success']]] });
    const change = await target.rapi.waitForJobChange(second, {
      fields: ['status'],
      previousInfo: ['queued'],
    });
    expect(['waiting', 'running', 'success']).toContain(change?.job_info?.[0]);
    await target.done(second);
  });

  it('gives the log from a serial on', async () => {
    const { rapi } = target;
    const name = target.name();
    const id = await rapi.createInstance(target.instance(name));
    await target.done(id);
    const whole = (await rapi.waitForJobChange(id, { fields: ['status'] }))?.log_entries ?? [];
    expect(whole.map(([serial]) => serial)).toEqual(whole.map((_entry, index) => index + 1));
    const rest = await rapi.waitForJobChange(id, {
      fields: ['status'],
      previousInfo: null,
      previousLogSerial: 1,
    });
    expect(rest?.log_entries).toEqual(whole.slice(1));
    await target.done(await rapi.deleteInstance(name));
  });

  it('of an unknown job is 500', async () => {
    const body = { fields: ['status'], previous_job_info: null, previous_log_serial: null };
    const reply = await target.raw('GET', '/2/jobs/9999999/wait', { body });
    expect(reply.status).toBe(500);
  });
});
