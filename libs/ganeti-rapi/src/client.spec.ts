import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RapiClient } from './client.js';
import { RapiDown, RapiError, RapiReplyInvalid } from './errors.js';

let server: Server | undefined;
let client: RapiClient;

async function listen(handler: RequestListener): Promise<string> {
  const made = createServer(handler);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

async function aClient(handler: RequestListener, timeoutMs = 5000): Promise<RapiClient> {
  client = new RapiClient({ url: await listen(handler), username: 'gnt', password: 'pw', timeoutMs });
  return client;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function answer(status: number, value: unknown): RequestListener {
  return (_request, response) =>
    response.writeHead(status, { connection: 'close' }).end(JSON.stringify(value));
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

afterEach(async () => {
  await client.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(null) : server.close(resolve)));
});

describe('submitting', () => {
  it('sends the reason in the query and dependencies in the body', async () => {
    let seen: unknown[] = [];
    const rapi = await aClient((request, response) => {
      void bodyOf(request).then((body) => {
        seen = [request.method, request.url, request.headers.authorization, body];
        response.end('7');
      });
    });
    const options = { reason: 'id 1', depends: [[3, ['success']]] as const };
    expect(await rapi.startInstance('a/b', options)).toBe(7);
    const authorization = `Basic ${Buffer.from('gnt:pw').toString('base64')}`;
    const url = '/2/instances/a%2Fb/startup?reason=id+1';
    expect(seen).toEqual(['PUT', url, authorization, { depends: [[3, ['success']]] }]);
  });

  it('undoes the HTML escapes of a refusal', async () => {
    const message = 'Parameter &#x27;x&#x27; &quot;&amp;lt;&quot;';
    const rapi = await aClient(answer(400, { code: 400, message, explain: 'Bad request' }));
    const error = await errorOf(rapi.startInstance('a'));
    expect(error).toBeInstanceOf(RapiError);
    expect(error).toMatchObject({ status: 400, explanation: `Parameter 'x' "&lt;"`, explain: 'Bad request' });
  });
});

describe('no usable answer', () => {
  it.each([
    [502, 'Error in luxi', 'unknown'],
    [504, 'Gateway Timeout', 'unknown'],
    [503, 'Job queue is full', 'not-received'],
    [500, 'Queue drained', 'not-received'],
  ])('%s %s leaves the outcome %s', async (status, message, outcome) => {
    const rapi = await aClient(answer(status, { code: status, message, explain: '' }));
    const error = await errorOf(rapi.startInstance('a'));
    expect(error).toBeInstanceOf(RapiDown);
    expect(error).toMatchObject({ outcome, status });
  });

  it('takes a value that the master cannot parse (502) for a refusal', async () => {
    const rapi = await aClient(
      answer(502, { code: 502, message: 'Failed to parse request: SubmitJob', explain: '' }),
    );
    expect(await errorOf(rapi.startInstance('a'))).toBeInstanceOf(RapiError);
  });

  it('knows that a refused connection was not received', async () => {
    const rapi = await aClient(answer(200, 1));
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    expect(await errorOf(rapi.startInstance('a'))).toMatchObject({
      name: 'RapiDown',
      outcome: 'not-received',
    });
  });

  it('ends a call after its time limit, with an unknown outcome', async () => {
    const rapi = await aClient(() => undefined, 50);
    expect(await errorOf(rapi.startInstance('a'))).toMatchObject({ name: 'RapiDown', outcome: 'unknown' });
  });

  it('does not know the outcome when the connection breaks', async () => {
    const rapi = await aClient((request) => request.socket.destroy());
    expect(await errorOf(rapi.startInstance('a'))).toMatchObject({ name: 'RapiDown', outcome: 'unknown' });
  });
});

describe('answers', () => {
  it('refuses another shape', async () => {
    const rapi = await aClient(answer(200, { id: 'x' }));
    expect(await errorOf(rapi.startInstance('a'))).toBeInstanceOf(RapiReplyInvalid);
  });

  it('gives null for an unknown job, answered with nulls or with 404', async () => {
    const rapi = await aClient((request, response) => {
      if (request.url === '/2/jobs/1') response.end(JSON.stringify({ id: 1, status: null, ops: null }));
      else response.writeHead(404).end(JSON.stringify({ code: 404, message: 'Not Found', explain: '' }));
    });
    expect(await rapi.findJob(1)).toBeNull();
    expect(await rapi.findJob(2)).toBeNull();
  });

  it('finds a job by the reason that was given, not by another item of the trail', async () => {
    const job = (id: number, reason: unknown[]): object => ({
      id,
      status: 'success',
      summary: ['X'],
      ops: [{ OP_ID: 'OP_X', reason }],
      opstatus: ['success'],
      received_ts: [1, 2],
      start_ts: null,
      end_ts: null,
    });
    const jobs = [
      job(1, [['gnt:user', 'e1', 5]]),
      job(2, [['gnt:opcode:x', 'e2', 5]]),
      job(3, [['gnt:user', 'e1', 5]]),
    ];
    const rapi = await aClient(answer(200, jobs));
    expect((await rapi.findJobByReason('e1'))?.id).toBe(1);
    expect((await rapi.findJobByReason('e1', { since: 1 }))?.id).toBe(3);
    expect(await rapi.findJobByReason('e2')).toBeNull();
  });
});
