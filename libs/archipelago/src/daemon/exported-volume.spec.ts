import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Info, Volume } from '../block-device.js';
import { MemoryDevice } from '../nbd/testing/memory-device.js';
import { NbdClient } from '../nbd/testing/nbd-client.js';
import { ExportedVolume } from './exported-volume.js';

/** Counts how often it is open. */
class MemoryVolume extends MemoryDevice implements Volume {
  readonly name = 'volume-1';
  constructor(private readonly events: string[]) {
    super(1024 * 1024);
    events.push('open');
  }
  snapshot(): Promise<Info> {
    return Promise.reject(new Error('not here'));
  }
  async grow(): Promise<void> {
    await this.before('grow');
  }
  async close(): Promise<void> {
    this.events.push('closing');
    await new Promise((resolve) => setImmediate(resolve));
    this.events.push('closed');
  }
}

describe('ExportedVolume', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'exported-'));
  const socket = path.join(dir, 'v.sock');
  let events: string[] = [];
  let problems: string[] = [];
  afterAll(() => rmSync(dir, { recursive: true }));

  function listen(lingerMs: number, openVolume?: () => Promise<Volume>): Promise<ExportedVolume> {
    events = [];
    problems = [];
    return ExportedVolume.listen(
      {
        name: 'volume-1',
        lingerMs,
        info: async () => ({ sizeBytes: 1024 * 1024, readOnly: false }),
        holder: async () => null,
        openVolume: openVolume ?? (async () => new MemoryVolume(events)),
        onProblem: (what) => problems.push(what),
      },
      { path: socket },
    );
  }
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };

  it('opens once for all users, and never before the closing is over', async () => {
    const exported = await listen(0);
    const [one, two] = [await NbdClient.connect(socket), await NbdClient.connect(socket)];
    await exported.useHere((volume) => volume.flush());
    expect(events).toEqual(['open']);
    await Promise.all([one.close(), two.close()]);
    await until(() => events.includes('closing'));
    const three = await NbdClient.connect(socket);
    expect(events).toEqual(['open', 'closing', 'closed', 'open']);
    await three.close();
    await exported.stop('refuse');
  });

  it('stays open between clients for the linger time', async () => {
    const exported = await listen(60_000);
    await (await NbdClient.connect(socket)).close();
    await until(() => exported.connectionCount === 0);
    await (await NbdClient.connect(socket)).close();
    expect(events).toEqual(['open']);
    await exported.stop('refuse');
    expect(events).toEqual(['open', 'closing', 'closed']);
  });

  it('tells the client why it cannot be opened, and tries again for the next', async () => {
    let tries = 0;
    const exported = await listen(0, async () => {
      tries += 1;
      if (tries === 1) throw new Error('the lease is held by node2');
      return new MemoryVolume(events);
    });
    await expect(NbdClient.connect(socket)).rejects.toThrow('the lease is held by node2');
    await (await NbdClient.connect(socket)).close();
    await exported.stop('refuse');
    expect(events).toEqual(['open', 'closing', 'closed']);
  });

  const busy: unknown = expect.objectContaining({ code: 'Busy' });

  it('is given up to another node only when unused, or when both expect a migration', async () => {
    const exported = await listen(60_000);
    const client = await NbdClient.connect(socket);
    await expect(exported.giveUp({ shared: true })).rejects.toEqual(busy);
    exported.share();
    await expect(exported.giveUp({ shared: false })).rejects.toEqual(busy);
    expect(events).toEqual(['open']);
    await exported.giveUp({ shared: true });
    expect(events).toEqual(['open', 'closing', 'closed']);
    // The guest goes on after all.
    await client.write(0, Buffer.from('x'));
    await exported.keep();
    await expect(exported.giveUp({ shared: true })).rejects.toEqual(busy);
    await client.close();
    await until(() => exported.connectionCount === 0);
    await exported.giveUp({ shared: false });
    expect(exported.isOpen).toBe(false);
    await exported.stop('refuse');
  });

  it('accepts a connection without opening while a migration is announced, and has it open once it is over', async () => {
    const exported = await listen(60_000);
    exported.share();
    const client = await NbdClient.connect(socket);
    expect(client.sizeBytes).toBe(1024 * 1024);
    expect(events).toEqual([]);
    await exported.keep();
    expect(events).toEqual(['open']);
    await client.close();
    await exported.stop('refuse');
  });

  it('flushes what a former process had answered, not nothing, when nobody has it open', async () => {
    const exported = await listen(60_000);
    exported.share();
    const client = await NbdClient.connect(socket);
    await client.flush();
    expect(events).toEqual(['open']);
    await client.close();
    await exported.stop('refuse');
  });

  it('ends the connections of a guest that has left, and serves the next', async () => {
    const exported = await listen(60_000);
    const client = await NbdClient.connect(socket);
    await exported.surrender();
    await client.flush();
    exported.share();
    await exported.surrender();
    await client.closed;
    expect(events).toEqual(['open', 'closing', 'closed']);
    await (await NbdClient.connect(socket)).close();
    expect(events.at(-1)).toBe('open');
    await exported.stop('refuse');
  });
});
