import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { Body, Controller, Get, Module, Param, Post, Put, Query, Req } from '@nestjs/common';
import { createLogger } from '@synnefo/runtime';
import { UNLIMITED } from '@synnefo/units';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Access, listRoutes } from './access.js';
import { acceptBody } from './continue.js';
import { Conflict } from './faults/openstack-faults.js';
import { createHttpApp, type HttpApp } from './http-app.js';

const thing = z.object({ thing: z.object({ name: z.string() }) });

@Access('public')
@Controller('compute/things')
class ThingController {
  @Get()
  list(
    @Query({ schema: z.object({ limit: z.coerce.number().optional() }) }) query: { limit?: number },
  ): object {
    return { limit: query.limit ?? UNLIMITED };
  }

  @Get(':id')
  show(@Param('id') id: string): object {
    if (id === 'conflict') throw new Conflict('Taken.', { details: 'why' });
    if (id === 'a\0') throw Object.assign(new Error('invalid byte sequence'), { code: '22021' }); // as the driver does
    if (id === 'away') throw Object.assign(new Error('terminating connection'), { code: '57P01' });
    if (id === 'broken') throw new Error('secret text');
    return { id };
  }

  @Post()
  create(@Body({ schema: thing }) body: z.infer<typeof thing>): object {
    return body;
  }

  @Put('raw/:name')
  async raw(@Req() request: FastifyRequest): Promise<object> {
    acceptBody(request.raw);
    let bytes = 0;
    for await (const chunk of request.raw) bytes += (chunk as Buffer).length;
    return { bytes };
  }
}

@Module({ controllers: [ThingController] })
class ThingModule {}

@Controller('open')
class OpenController {
  @Get()
  open(): string {
    return 'x';
  }
}

@Module({ controllers: [OpenController] })
class OpenModule {}

const logger = createLogger('test', 'silent');

describe('createHttpApp', () => {
  let app: HttpApp;
  let url: string;
  const call = async (path: string, init?: RequestInit) => {
    const reply = await fetch(url + path, init);
    return { status: reply.status, headers: reply.headers, text: await reply.text() };
  };

  beforeAll(async () => {
    app = await createHttpApp(ThingModule, {
      logger,
      faultFormat: (path) => (path.startsWith('/compute') ? 'openstack' : 'keystone'),
      isRawBody: (method) => method === 'PUT',
      bodyLimitBytes: 1000,
    });
    ({ url } = await app.listen(0));
  });

  afterAll(() => app.close());

  it('writes integers beyond 2^53 and a request id', async () => {
    const reply = await call('/compute/things/');
    expect(reply.text).toBe('{"limit":9223372036854775807}');
    expect(reply.headers.get('x-openstack-request-id')).toMatch(/^req-/);
  });

  it('renders a fault in the form of the face', async () => {
    expect(await call('/compute/things/conflict')).toMatchObject({
      status: 409,
      text: '{"conflict":{"code":409,"message":"Taken.","details":"why"}}',
    });
    expect((await call('/nowhere')).text).toContain('{"error":{"code":404');
  });

  it('tells a wrong verb from an unknown path', async () => {
    const reply = await call('/compute/things/1', { method: 'DELETE' });
    expect(reply.status).toBe(405);
    expect(reply.headers.get('allow')).toBe('GET, HEAD');
  });

  it.each([
    ['no JSON', '{', 400],
    ['text with a NUL', '{"thing": {"name": "a\\u0000"}}', 400],
    ['half a surrogate pair', '{"thing": {"name": "a\\ud800b"}}', 400],
    ['the other half, in a key', '{"thing": {"name": "a", "\\uDFFF": 1}}', 400],
    ['a wrong shape', '{"thing": {"name": 1}}', 400],
    ['too much', `{"thing": {"name": "${'x'.repeat(2000)}"}}`, 413],
    ['no body', undefined, 400],
  ])('refuses %s', async (_, body, status) => {
    const reply = await call('/compute/things', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(reply.status).toBe(status);
  });

  it('takes a backslash before u0000 for what it is', async () => {
    const reply = await call('/compute/things', {
      method: 'POST',
      body: '{"thing": {"name": "a\\\\u0000"}}',
    });
    expect(JSON.parse(reply.text)).toEqual({ thing: { name: 'a\\u0000' } });
  });

  it('takes a whole surrogate pair', async () => {
    const reply = await call('/compute/things', {
      method: 'POST',
      body: '{"thing": {"name": "\\ud83d\\ude00"}}',
    });
    expect(JSON.parse(reply.text)).toEqual({ thing: { name: '😀' } });
  });

  it('names the member that is wrong', async () => {
    const reply = await call('/compute/things', { method: 'POST', body: '{"thing": {"name": 1}}' });
    expect(reply.text).toContain('thing.name: ');
  });

  it('hides the text of unknown errors, and tells the request id', async () => {
    const reply = await call('/compute/things/broken');
    expect(reply.status).toBe(500);
    expect(reply.text).not.toContain('secret text');
    expect(reply.text).toContain(reply.headers.get('x-openstack-request-id'));
  });

  it('answers 503 when a neighbour is away', async () => {
    const reply = await call('/compute/things/away');
    expect(reply.status).toBe(503);
    expect(reply.headers.get('retry-after')).toBe('2');
  });

  it('answers what is no HTTP in the form of the face', async () => {
    const reply = await rawReply(
      url,
      'GET /compute/things HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n',
    );
    expect(reply).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(reply).toMatch(/\r\nx-openstack-request-id: req-/);
    expect(reply).toContain('{"error":{"code":400,');
  });

  it('refuses text that the database cannot keep', async () => {
    const reply = await call('/compute/things/a%00');
    expect(reply.status).toBe(400);
    expect(reply.text).toContain('NUL');
  });

  it('answers a URL that does not decode', async () => {
    expect((await call('/compute/things/%ff')).status).toBe(400);
  });

  it('leaves a raw body to the handler, whatever its type and size', async () => {
    const reply = await call('/compute/things/raw/a', {
      method: 'PUT',
      body: '{'.repeat(5000),
      headers: { 'content-type': 'application/json' },
    });
    expect(reply.text).toBe('{"bytes":5000}');
  });

  it('asks for the body of Expect: 100-continue only when it is read', async () => {
    const head = (path: string) =>
      `PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`;
    expect(await rawReply(url, head('/compute/things/raw/a'))).toMatch(/^HTTP\/1.1 100/);
    expect(await rawReply(url, head('/nowhere'))).toMatch(/^HTTP\/1.1 404/);
  });

  it('knows every route and its access', () => {
    expect(listRoutes(app.nest)).toContainEqual({
      method: 'GET',
      path: '/compute/things/:id',
      access: 'public',
      handler: 'ThingController.show',
    });
  });

  it('does not start with a route that declares no access', async () => {
    await expect(createHttpApp(OpenModule, { logger, faultFormat: () => 'openstack' })).rejects.toThrow(
      /GET \/open/,
    );
  });

  it('serves HEAD like GET, without a body', async () => {
    const status = await new Promise((resolve) =>
      httpRequest(`${url}/compute/things/conflict`, { method: 'HEAD' }, (reply) =>
        resolve(reply.statusCode),
      ).end(),
    );
    expect(status).toBe(409);
  });
});

/** Sends bytes, gives the first bytes that come back. */
function rawReply(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.once('data', (data: Buffer) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
