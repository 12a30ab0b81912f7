import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const NOW = '2031-01-12T10:00:00Z';

/** The look-up of images in Pithos' internal API, for tests that are about servers. */
export class FakePithos {
  readonly #records = new Map<string, Record<string, unknown>>();
  #server: Server | null = null;
  url = '';

  async start(): Promise<void> {
    this.#server = createServer((request, reply) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { uuid } = JSON.parse(Buffer.concat(chunks).toString() || '{}') as { uuid?: string };
        const record = this.#records.get(uuid ?? '');
        const isFound = request.url === '/getByUuid' && record !== undefined;
        reply.writeHead(isFound ? 200 : 404, { 'content-type': 'application/json' });
        reply.end(
          JSON.stringify(
            isFound ? record : { itemNotFound: { code: 404, message: 'No such object.', details: '' } },
          ),
        );
      });
    });
    const server = this.#server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** @returns the id of a new image that everybody may read */
  addImage(sizeBytes = 65_536, mapName = 'snftest-file-1'): string {
    const uuid = randomUUID();
    this.#records.set(uuid, {
      uuid,
      account: 'someone',
      container: 'images',
      path: 'disk.raw',
      version: 1,
      sizeBytes,
      hash: 'ab'.repeat(32),
      contentType: 'application/octet-stream',
      mapName,
      isSnapshot: false,
      available: 1,
      owner: 'someone',
      project: 'someone',
      createdAt: NOW,
      modifiedAt: NOW,
      meta: { 'plankton:name': 'debian', 'plankton:disk_format': 'diskdump', 'plankton:status': 'AVAILABLE' },
      permissions: { read: ['*'], write: [] },
      isPublicUrl: null,
    });
    return uuid;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server?.closeAllConnections();
      this.#server?.close(() => resolve());
      if (this.#server === null) resolve();
    });
  }
}
