import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UNLIMITED } from '@synnefo/units';
import { AstakosClient, AstakosDown, AstakosError, NoHolding, QuotaExceeded } from './index.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let handler: Handler;
let client: AstakosClient;
let hasty: AstakosClient;

const answer =
  (status: number, body: string): Handler =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body);

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => handler(request, response, Buffer.concat(chunks).toString()));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server has no other kind of address
  const baseUrl = `http://127.0.0.1:${port}/astakos/`;
  client = new AstakosClient({ baseUrl, componentToken: 'c0' });
  hasty = new AstakosClient({ baseUrl, timeoutMs: 100 });
});

afterAll(async () => {
  await client.close();
  await hasty.close();
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
});

const provision = { holder: 'user:u1', source: 'project:p1', resource: 'cyclades.vm', quantity: 1n };
const issue = () => client.issueCommission({ name: 'test', provisions: [provision] });
const refusal = (name: string) =>
  `{"overLimit": {"code": 413, "message": "no", "data": {"name": "${name}", "limit": 9223372036854775807, "usage": 9223372036854775806,
    "provision": {"holder": "user:u1", "source": "project:p1", "resource": "cyclades.vm", "quantity": 5}}}}`;

describe('AstakosClient', () => {
  it('reads what a token says, asking as the component', async () => {
    handler = (request, response) => {
      expect(request.headers).toMatchObject({ 'x-auth-token': 'c0', 'x-subject-token': 't0' });
      expect(request.url).toBe('/astakos/identity/v3/auth/tokens?nocatalog');
      const synnefo = {
        display_name: 'Maria Pappa',
        project_id: 'p1',
        project_ids: ['p1', 'u1'],
        is_admin: false,
      };
      const token = {
        expires_at: '2031-01-13T10:00:00.000000Z',
        user: { id: 'u1', name: 'm@x.example' },
        roles: [{ name: 'member' }],
        synnefo,
      };
      response.end(JSON.stringify({ token }));
    };
    await expect(client.verifyToken('t0')).resolves.toEqual({
      userUuid: 'u1',
      email: 'm@x.example',
      displayName: 'Maria Pappa',
      projectId: 'p1',
      projectIds: ['p1', 'u1'],
      roles: ['member'],
      isAdmin: false,
      expiresAt: new Date('2031-01-13T10:00:00Z'),
    });
  });

  it('answers null for an invalid token, and an error when the component itself is refused', async () => {
    handler = answer(404, '{"error": {"code": 404, "title": "Not Found", "message": "x"}}');
    await expect(client.verifyToken('t0')).resolves.toBeNull();
    handler = answer(
      401,
      '{"error": {"code": 401, "title": "Unauthorized", "message": "Invalid X-Auth-Token"}}',
    );
    await expect(client.verifyToken('t0')).rejects.toMatchObject({
      status: 401,
      message: 'Invalid X-Auth-Token',
    });
  });

  it('sends quantities beyond 2^53 unharmed and returns the serial', async () => {
    let sent = '';
    handler = (request, response, body) => {
      expect(request.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
      sent = body;
      response.writeHead(201).end('{"serial": 301}');
    };
    const provisions = [{ ...provision, quantity: UNLIMITED }];
    await expect(client.issueCommission({ name: 'test', provisions })).resolves.toBe(301);
    expect(sent).toContain('"quantity":9223372036854775807');
  });

  it('tells a full quota, an empty one and a missing holding apart, with every digit', async () => {
    handler = answer(413, refusal('NoCapacityError'));
    const error = await issue().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(QuotaExceeded);
    expect(error).toMatchObject({
      reason: 'capacity',
      limit: UNLIMITED,
      usage: UNLIMITED - 1n,
      quantity: 5n,
      holder: 'user:u1',
    });
    handler = answer(413, refusal('NoQuantityError'));
    await expect(issue()).rejects.toMatchObject({ reason: 'quantity' });
    handler = answer(404, refusal('NoHoldingError'));
    await expect(issue()).rejects.toBeInstanceOf(NoHolding);
  });

  it('is AstakosDown on 5xx, on silence and when nobody listens', async () => {
    handler = answer(503, 'busy');
    await expect(issue()).rejects.toBeInstanceOf(AstakosDown);
    handler = () => undefined;
    await expect(hasty.pendingCommissions()).rejects.toThrow('no answer within 100 ms');
    handler = (_request, response) => void response.writeHead(200).write('{"serial"');
    await expect(hasty.pendingCommissions()).rejects.toBeInstanceOf(AstakosDown);
    const nobody = new AstakosClient({ baseUrl: 'http://127.0.0.1:1/astakos' });
    await expect(nobody.pendingCommissions()).rejects.toThrow('ECONNREFUSED');
    await nobody.close();
  });

  it('asks again with the same idempotency key when the connection breaks', async () => {
    const keys: unknown[] = [];
    handler = (request, response) => {
      keys.push(request.headers['idempotency-key']);
      if (keys.length === 1) request.socket.destroy();
      else response.writeHead(201).end('{"serial": 7}');
    };
    await expect(issue()).resolves.toBe(7);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
  });

  it('is an error when the answer is not what was promised', async () => {
    handler = answer(200, '<html>');
    await expect(client.pendingCommissions()).rejects.toBeInstanceOf(AstakosError);
  });

  it('lists what could not be resolved', async () => {
    handler = answer(
      200,
      '{"accepted": [1], "rejected": [], "failed": [[2, {"itemNotFound": {"code": 404, "message": "no commission 2"}}]]}',
    );
    await expect(client.resolveCommissions({ accept: [1, 2], reject: [] })).resolves.toEqual({
      accepted: [1],
      rejected: [],
      failed: [{ serial: 2, reason: 'itemNotFound', message: 'no commission 2' }],
    });
  });

  it('reads quotas as bigint and nothing as nothing', async () => {
    const quota =
      '{"limit": 9223372036854775807, "usage": 1, "pending": 0, "project_limit": 2, "project_usage": 1, "project_pending": 0}';
    handler = answer(200, `{"u1": {"p1": {"cyclades.vm": ${quota}}}}`);
    const quotas = await client.serviceQuotas({ user: 'u1' });
    expect(quotas.u1?.p1?.['cyclades.vm']).toMatchObject({ limit: UNLIMITED, projectLimit: 2n });
    handler = answer(404, '{"itemNotFound": {"code": 404, "message": ""}}');
    await expect(client.serviceQuotas({ user: 'u2' })).resolves.toEqual({});
  });
});
