import { Archipelago } from '@synnefo/archipelago';
import { GIB } from '@synnefo/units';
import { ReconcileVolumes } from '../../../apps/cyclades/src/reconcile/reconcile-volumes.js';
import { CycladesCloud, type TestUser } from './harness.js';
import { report } from './reconcile-commands.js';

/** The provider of the simulated cluster makes no maps: they are made here, as it would, or not. */
describe('volumes that differ from the store', () => {
  let cloud: CycladesCloud;
  let engine: Archipelago;
  let user: TestUser;
  let imageRef: string;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
    imageRef = await cloud.addImage();
    engine = await Archipelago.open({ store: cloud.config.ARCHIPELAGO_STORE, node: 'test' });
  });

  beforeEach(async () => {
    user = await cloud.newUser();
  });

  afterAll(async () => {
    await engine?.close();
    await cloud?.close();
  });

  const query = <T>(statement: string, ...values: unknown[]): Promise<T[]> =>
    cloud.core.dataSource.query(statement, values);

  /** A volume in use, written long enough ago. */
  const aVolume = async (): Promise<{ id: number; map: string; server: string }> => {
    const worker = await cloud.startWorker();
    const body = { server: { name: 's', imageRef, flavorRef: String(cloud.flavorId) } };
    const reply = await cloud.call(user, 'POST', 'compute/v2.1/servers', body);
    const server = (reply.body as unknown as { server: { id: string } }).server.id;
    await cloud.waitFor(user, server, 'ACTIVE');
    await worker.close();
    const [row] = await query<{ id: number }>(
      `UPDATE volume SET updated_at = now() - interval '2 minutes' FROM server WHERE server.id = server_id AND server.uuid = $1 RETURNING volume.id`,
      server,
    ).then(([rows]) => rows as unknown as { id: number }[]);
    const id = row?.id ?? 0;
    return { id, map: cloud.core.naming.volume(id), server };
  };

  const deleted = async ({ id, server }: { id: number; server: string }): Promise<void> => {
    const worker = await cloud.startWorker();
    expect((await cloud.call(user, 'DELETE', `compute/v2.1/servers/${server}`)).status).toBe(204);
    await cloud.waitFor(user, server, 'DELETED');
    await cloud.expectUsage(user, {});
    await worker.close();
    await query(`UPDATE volume SET deleted_at = now() - interval '2 minutes' WHERE id = $1`, id);
  };

  const differences = async (id: number, ...options: string[]) =>
    (await report(cloud, 'reconcile-volumes', ...options))
      .filter((row) => row.object === `volume ${id}`)
      .map((row) => [row.difference, row.here, row.repaired]);

  const statusOf = async (id: number) =>
    (await query<{ status: string }>('SELECT status FROM volume WHERE id = $1', id))[0]?.status;

  it('have lost their map, have another size, or never came to an end', async () => {
    const volume = await aVolume();
    expect(await differences(volume.id)).toEqual([['missing', 'IN_USE', null]]);
    await engine.create(volume.map, { sizeBytes: 2 * GIB });
    expect(await differences(volume.id, '--fix-all')).toEqual([['size', '1 GiB', null]]);
    await engine.remove(volume.map);
    await engine.create(volume.map, { sizeBytes: GIB });
    expect(await differences(volume.id)).toEqual([]);

    await query(
      `UPDATE volume SET status = 'CREATING', updated_at = now() - interval '2 minutes' WHERE id = $1`,
      volume.id,
    );
    expect(await differences(volume.id, '--fix-stuck')).toEqual([['stuck', 'CREATING', true]]);
    expect(await statusOf(volume.id)).toBe('IN_USE');

    await engine.remove(volume.map);
    await query(`UPDATE volume SET updated_at = now() - interval '2 minutes' WHERE id = $1`, volume.id);
    expect(await differences(volume.id, '--fix-missing')).toEqual([['missing', 'IN_USE', true]]);
    expect(await statusOf(volume.id)).toBe('ERROR');
    await deleted(volume);
  });

  it('left their map behind: it is removed on demand, unless somebody uses it', async () => {
    const volume = await aVolume();
    await engine.create(volume.map, { sizeBytes: GIB });
    await deleted(volume);
    const open = await engine.openVolume(volume.map, { mode: 'rw' });
    expect(await differences(volume.id, '--fix-orphans')).toEqual([['orphan', 'deleted', false]]);
    await open.close();
    expect(await differences(volume.id)).toEqual([['orphan', 'deleted', null]]);
    expect(await differences(volume.id, '--fix-orphans')).toEqual([['orphan', 'deleted', true]]);
    expect(await engine.find(volume.map)).toBeNull();
  });

  it('are removed by the worker when they were deleted, not when it never knew them', async () => {
    const volume = await aVolume();
    await engine.create(volume.map, { sizeBytes: GIB });
    await deleted(volume);
    const unknown = cloud.core.naming.volume(99_999);
    await engine.create(unknown, { sizeBytes: GIB });
    const worker = await cloud.startWorker();
    const rounds = worker.app.get(ReconcileVolumes, { strict: false });
    await rounds.run();
    await rounds.run();
    expect(await engine.find(volume.map)).toBeNull();
    expect(await engine.find(unknown)).not.toBeNull();
    await worker.close();
    expect(await differences(99_999, '--fix-orphans')).toEqual([['orphan', 'unknown', true]]);
    expect(await engine.find(unknown)).toBeNull();
  });

  it('keep their map while an instance has a disk of their name', async () => {
    const volume = await aVolume();
    await engine.create(volume.map, { sizeBytes: GIB });
    await query(
      `UPDATE volume SET is_deleted = true, deleted_at = now() - interval '2 minutes' WHERE id = $1`,
      volume.id,
    );
    expect(await differences(volume.id, '--fix-orphans')).toEqual([['orphan', 'deleted', false]]);
    expect(await engine.find(volume.map)).not.toBeNull();
  });
});
