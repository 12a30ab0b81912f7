import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { poll } from '@synnefo/runtime';
import { testDatabase, testRedisUrl, type TestDatabase } from '@synnefo/testing';
import { z } from 'zod';
import { connectQueues, type QueueBackend } from './backend.js';
import { defineQueue, PermanentFailure } from './definition.js';

/** A way to the server of `url` that breaks off every connection until `open()`. */
async function lateServer(url: string) {
  const target = new URL(url);
  let isOpen = false;
  let refused = 0;
  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (!isOpen) return void ((refused += 1), client.destroy());
    const upstream = connect(Number(target.port), target.hostname);
    upstream.on('error', () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const late = new URL(url);
  late.port = String((server.address() as AddressInfo).port); // of a server that listens on a port
  late.hostname = '127.0.0.1';
  return {
    url: late.href,
    refused: () => refused,
    open: () => void (isOpen = true),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

const HOUR_MS = 3_600_000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const until = (what: string, fn: () => boolean) =>
  poll({ everyMs: 20, timeoutMs: 10_000, what }, () => Promise.resolve(fn() ? true : undefined));

describe.each(['redis', 'postgres'])('queues on %s', (kind) => {
  let database: TestDatabase;
  let backend: QueueBackend;
  let url: string;
  const queueName = () =>
    `test.${[...randomBytes(8)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('')}`;
  const aQueue = () =>
    defineQueue({
      name: queueName(),
      payload: z.strictObject({ id: z.number() }),
      jobId: ({ id }) => `job-${id}`,
      attempts: 3,
      backoffMs: 10,
    });

  beforeAll(async () => {
    database = await testDatabase('queue');
    url = kind === 'redis' ? testRedisUrl() : database.url;
    backend = connectQueues(url, silent);
  });

  afterAll(async () => {
    await backend.close();
    await database.drop();
  });

  it('hands a job over and drops a second add of the same id', async () => {
    const queue = aQueue();
    const seen: number[] = [];
    await backend.producer(queue).add({ id: 1 });
    await backend.producer(queue).add({ id: 1 });
    await backend.producer(queue).add({ id: 2 });
    backend.consume(queue, ({ id }) => Promise.resolve(void seen.push(id)), { concurrency: 1 });
    await until('both jobs', () => seen.includes(2));
    expect(seen).toEqual([1, 2]);
  });

  it('tries a failed job again, but not after a permanent failure', async () => {
    const queue = aQueue();
    const attempts: Record<number, number> = { 1: 0, 2: 0, 3: 0 };
    backend.consume(
      queue,
      async ({ id }) => {
        attempts[id] = (attempts[id] ?? 0) + 1;
        if (id === 1) throw new Error('again');
        if (id === 2) throw new PermanentFailure('never');
      },
      { concurrency: 1 },
    );
    await backend.producer(queue).add({ id: 2 });
    await backend.producer(queue).add({ id: 1 });
    await until('three tries', () => attempts[1] === 3);
    await backend.producer(queue).add({ id: 3 });
    await until('the last', () => attempts[3] === 1);
    expect(attempts).toEqual({ 1: 3, 2: 1, 3: 1 });
  });

  it('repeats a scheduled job once per turn, however often it is scheduled', async () => {
    const queue = aQueue();
    let runs = 0;
    backend.consume(queue, () => Promise.resolve(void (runs += 1)), { concurrency: 1 });
    for (let asked = 0; asked < 3; asked += 1) backend.schedule(queue, { id: 1 }, { everyMs: 200 });
    await until('two turns', () => runs >= 2);
  });

  it('keeps to the turns of a schedule that is asked for more often than it turns', async () => {
    const queue = aQueue();
    const runs: number[] = [];
    backend.consume(queue, () => Promise.resolve(void runs.push(performance.now())), { concurrency: 1 });
    backend.schedule(queue, { id: 1 }, { everyMs: 500, renewMs: 50 });
    await until('four turns', () => runs.length >= 4);
    expect((runs[3] ?? 0) - (runs[0] ?? 0)).toBeGreaterThan(1_000);
  });

  it('takes a schedule back from a clock that was an hour ahead', async () => {
    const queue = aQueue();
    let runs = 0;
    const turn = () => Promise.resolve(void (runs += 1));
    const ahead = Date.now() - performance.now() + HOUR_MS;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => Math.round(ahead + performance.now()));
    const wrong = connectQueues(url, silent);
    wrong.consume(queue, turn, { concurrency: 1 });
    wrong.schedule(queue, { id: 1 }, { everyMs: 10_000 });
    await until('a turn by the wrong clock', () => runs === 1);
    await wrong.close();
    clock.mockRestore();
    backend.consume(queue, turn, { concurrency: 1 });
    backend.schedule(queue, { id: 1 }, { everyMs: 10_000 });
    await until('a turn by the right one', () => runs === 2);
  });

  it('carries messages between processes', async () => {
    const other = connectQueues(url, silent);
    const seen: unknown[] = [];
    const end = await backend.bus.subscribe('test.channel', (message) => seen.push(message));
    await other.bus.publish('test.channel', { a: 1 });
    await until('the message', () => seen.length === 1);
    expect(seen).toEqual([{ a: 1 }]);
    await end();
    await other.close();
  });
});

describe('queues on a Redis that loses its data', () => {
  it('go on with their schedules', async () => {
    const backend = connectQueues(testRedisUrl(), silent);
    const redis = new Redis(testRedisUrl());
    const queue = defineQueue({ name: 'test.lost', payload: z.strictObject({}), attempts: 1, backoffMs: 1 });
    let runs = 0;
    backend.consume(queue, () => Promise.resolve(void (runs += 1)), { concurrency: 1 });
    backend.schedule(queue, {}, { everyMs: 300, renewMs: 500 });
    await until('a turn', () => runs >= 1);
    await redis.del(await redis.keys(`bull:${queue.name}:*`));
    const before = runs;
    await until('two more', () => runs >= before + 2);
    await backend.close();
    await redis.quit();
  });
});

describe('queues on a PostgreSQL that comes up later', () => {
  it('take jobs and carry messages once it is there', async () => {
    const database = await testDatabase('queue_late');
    const gate = await lateServer(database.url);
    const backend = connectQueues(gate.url, silent);
    const queue = defineQueue({ name: 'test.late', payload: z.strictObject({}), attempts: 1, backoffMs: 1 });
    const seen: unknown[] = [];
    const producer = backend.producer(queue);
    backend.consume(queue, () => Promise.resolve(void seen.push('job')), { concurrency: 1 });
    await backend.bus.subscribe('test.late', (message) => seen.push(message));
    expect(gate.refused()).toBeGreaterThan(2);
    gate.open();
    await poll({ everyMs: 50, timeoutMs: 10_000, what: 'the queue' }, () =>
      producer.add({}).then(
        () => true,
        () => undefined,
      ),
    );
    await poll({ everyMs: 50, timeoutMs: 10_000, what: 'a message' }, async () => {
      await backend.bus.publish('test.late', 'message');
      return seen.includes('message') || undefined;
    });
    await until('the job', () => seen.includes('job'));
    await backend.close();
    await gate.close();
    await database.drop();
  });
});

describe('a queue whose server is away', () => {
  it.each(['redis://127.0.0.1:1', 'postgres://synnefo@127.0.0.1:1/x'])('fails fast on %s', async (url) => {
    const backend = connectQueues(url, silent);
    const queue = defineQueue({ name: 'test.away', payload: z.strictObject({}), attempts: 1, backoffMs: 1 });
    const startedAt = Date.now();
    await expect(backend.producer(queue).add({})).rejects.toThrow(/test.away/);
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    await backend.close();
  });
});
