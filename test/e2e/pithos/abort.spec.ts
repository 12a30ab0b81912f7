import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { startStore, type Store, type TestUser } from './harness.js';

const MIB = 1024 * 1024;

describe('clients that go away', () => {
  let store: Store;
  let user: TestUser;

  beforeAll(async () => {
    store = await startStore();
    user = await store.newUser();
    await store.swift(user, 'PUT', '/c');
    await store.swift(user, 'PUT', '/c/big', { body: Buffer.alloc(24 * MIB, 1) });
  });

  afterAll(() => store.close());

  /** Sends the head, waits for the first bytes of an answer, sends `body`, and breaks the connection. */
  const abort = async (head: string, body: string) => {
    const accepted = once(store.app.nest.getHttpServer(), 'connection');
    const socket = connect(Number(new URL(store.url).port), '127.0.0.1');
    const [peer] = (await accepted) as [Socket];
    const gone = once(peer, 'close').catch(() => undefined);
    socket.write(`${head}\r\nHost: x\r\nX-Auth-Token: ${user.token}\r\n\r\n`);
    await once(socket, 'data');
    socket.write(body);
    socket.resetAndDestroy();
    await gone;
    await store.swift(user, 'HEAD', '');
  };

  it.each(['/c/up?x', '/c/up?hashmap', '?bulk-delete'])(
    'does not take a body that ends early for an error of its own (%s)',
    async (path) => {
      const error = jest.spyOn(store.parts.logger, 'error');
      const method = path.startsWith('/') ? 'PUT' : 'POST';
      const head = `${method} /v1/AUTH_${user.uuid}${path} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1000000`;
      await abort(head, '{"bytes":');
      expect(error.mock.calls).toEqual([]);
      error.mockRestore();
      expect((await store.swift(user, 'HEAD', '/c/up')).status).toBe(404);
    },
  );

  it('does not take a download that is given up for an error', async () => {
    const error = jest.spyOn(store.parts.logger, 'error');
    await abort(`GET /v1/AUTH_${user.uuid}/c/big HTTP/1.1`, '');
    expect(error.mock.calls).toEqual([]);
    error.mockRestore();
  });
});
