import { randomBytes, randomUUID } from 'node:crypto';
import { ServiceUnavailable } from '@synnefo/api';
import { Archipelago } from '@synnefo/archipelago';
import { poll } from '@synnefo/runtime';
import { GIB } from '@synnefo/units';
import { EffectEntity } from '../../../apps/cyclades/src/effect/effect.entity.js';
import { newAttributesOf } from '../../../apps/cyclades/src/image/image-record.js';
import { CycladesCloud, type TestUser } from './harness.js';

type Item = Record<string, unknown> & { id: string };

/** The cluster is simulated and its disks are not: the volumes' maps are made here, as the provider would. */
describe('volumes and snapshots', () => {
  let cloud: CycladesCloud;
  let engine: Archipelago;
  let alice: TestUser;
  let bob: TestUser;
  let volume: Item;
  let serverId: string;
  const data = randomBytes(100_000);

  const send = async (user: TestUser, method: string, below: string, body?: object) => {
    const reply = await cloud.call(user, method, below, body);
    return {
      status: reply.status,
      headers: reply.headers,
      body: reply.body as unknown as Record<string, Item & Item[]>,
    };
  };
  const v3 = (user: TestUser) => `volume/v3/${user.uuid}`;
  const statusBecomes = (user: TestUser, id: string, status: string) =>
    poll({ everyMs: 50, timeoutMs: 20_000, what: `snapshot ${id} to be ${status}` }, async () => {
      const snapshot = (await send(user, 'GET', `${v3(user)}/snapshots/${id}`)).body.snapshot;
      return snapshot?.status === status ? snapshot : undefined;
    });
  const mapOf = async (uuid: string) => {
    const rows: { map_name: string }[] = await cloud.core.dataSource.query(
      'SELECT map_name FROM snapshot WHERE uuid = $1',
      [uuid],
    );
    return rows[0]?.map_name ?? '';
  };
  const download = async (user: TestUser, name: string) =>
    fetch(`${cloud.pithos.swiftUrl}/AUTH_${user.uuid}/snapshots/${name}`, {
      headers: { 'x-auth-token': user.token, range: `bytes=0-${data.length - 1}` },
    });

  const makeServer = async (imageId: string) => {
    const server = {
      name: 's',
      imageRef: imageId,
      flavorRef: String(cloud.flavorId),
      min_count: 1,
      max_count: 1,
      networks: [],
    };
    const created = await send(alice, 'POST', 'compute/v2.1/servers', { server });
    expect(created.status).toBe(202);
    const id = String(created.body.server?.id);
    await cloud.waitFor(alice, id, 'ACTIVE');
    const rows: { uuid: string; id: number; origin_map: string }[] = await cloud.core.dataSource.query(
      'SELECT volume.uuid, volume.id, origin_map FROM volume JOIN server ON server.id = server_id WHERE server.uuid = $1',
      [id],
    );
    return { serverId: id, row: rows[0] ?? { uuid: '', id: 0, origin_map: '' } };
  };

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 1 });
    engine = await Archipelago.open({ store: cloud.config.ARCHIPELAGO_STORE, node: 'provider' });
    [alice, bob] = [await cloud.newUser(), await cloud.newUser()];
    const { id } = (await send(alice, 'POST', 'image/v2/images', { name: 'debian', osfamily: 'linux' }))
      .body as unknown as Item;
    const headers = { 'x-auth-token': alice.token, 'content-type': 'application/octet-stream' };
    await fetch(`${cloud.url}/image/v2/images/${id}/file`, {
      method: 'PUT',
      headers,
      body: new Uint8Array(data),
    });
    const made = await makeServer(id);
    serverId = made.serverId;
    await engine.clone(made.row.origin_map, `snftest-vol-${made.row.id}`, { sizeBytes: GIB });
    volume = (await send(alice, 'GET', `${v3(alice)}/volumes/${made.row.uuid}`)).body.volume as Item;
  });

  afterAll(async () => {
    await engine?.close();
    await cloud?.close();
  });

  it('show on both faces', async () => {
    expect(volume).toMatchObject({
      status: 'in-use',
      size: 1,
      bootable: 'true',
      volume_type: expect.any(String),
      attachments: [{ server_id: serverId, device: '/dev/vda' }],
    });
    expect((await send(alice, 'GET', `${v3(alice)}/volumes/detail?all_tenants=1`)).body.volumes).toHaveLength(
      1,
    );
    expect((await send(bob, 'GET', `${v3(bob)}/volumes/${volume.id}`)).status).toBe(404);
    const legacy = (await send(alice, 'GET', 'volume/v2.0/volumes')).body.volumes as Item[];
    expect(legacy).toEqual([
      expect.objectContaining({
        status: 'in_use',
        size: 1,
        attachments: [expect.objectContaining({ device_index: 0 })],
      }),
    ]);
    const renamed = await send(alice, 'PUT', `volume/v2.0/volumes/${legacy[0]?.id}`, {
      volume: { display_name: 'root' },
    });
    expect(renamed.body.volume).toMatchObject({ display_name: 'root' });
    expect((await send(alice, 'DELETE', `${v3(alice)}/volumes/${volume.id}`)).status).toBe(400);
    expect((await send(alice, 'POST', `${v3(alice)}/volumes`, { volume: { size: 1 } })).status).toBe(501);
    expect((await send(alice, 'GET', `${v3(alice)}/types?is_public=None`)).body.volume_types).toHaveLength(1);
  });

  it('are taken, read as a file, booted from and deleted', async () => {
    const body = {
      snapshot: { volume_id: volume.id, force: false, name: 'nightly/1', description: null, metadata: {} },
    };
    const created = await send(alice, 'POST', `${v3(alice)}/snapshots`, body);
    expect(created.status).toBe(202);
    expect(created.body.snapshot).toMatchObject({
      status: 'creating',
      volume_id: volume.id,
      size: 1,
      name: 'nightly/1',
    });
    const id = String(created.body.snapshot?.id);
    await statusBecomes(alice, id, 'available');

    const file = await download(alice, 'nightly_1');
    expect(file.status).toBe(206);
    expect(Buffer.from(await file.arrayBuffer()).equals(data)).toBe(true);
    expect((await send(alice, 'GET', `image/v2/images/${id}`)).body).toMatchObject({
      status: 'active',
      osfamily: 'linux',
      exclude_all_tasks: 'yes',
    });
    const second = await makeServer(id);
    expect(second.row.origin_map).toBe(await mapOf(id));

    expect((await send(alice, 'GET', 'volume/v2.0/snapshots')).body.snapshots).toHaveLength(1);
    expect((await send(bob, 'DELETE', `${v3(bob)}/snapshots/${id}`)).status).toBe(404);
    expect((await send(alice, 'DELETE', `${v3(alice)}/snapshots/${id}`)).status).toBe(202);
    expect((await send(alice, 'GET', `${v3(alice)}/snapshots/${id}`)).status).toBe(404);
    expect((await download(alice, 'nightly_1')).status).toBe(404);
  });

  it('become images by createImage', async () => {
    const reply = await send(alice, 'POST', `compute/v2.1/servers/${serverId}/action`, {
      createImage: { name: 'golden' },
    });
    expect(reply.status).toBe(202);
    const id = (reply.headers.get('location') ?? '').split('/').at(-1) ?? '';
    await poll({ everyMs: 50, timeoutMs: 20_000, what: 'the image to be active' }, async () => {
      const image = (await send(alice, 'GET', `image/v2/images/${id}`)).body as unknown as Item;
      return image.status === 'active' ? image : undefined;
    });
    expect((await send(alice, 'DELETE', `image/v2/images/${id}`)).status).toBe(204);
    expect((await send(alice, 'GET', `${v3(alice)}/snapshots/${id}`)).status).toBe(404);
  });

  it('end in error when the volume cannot be sealed, and can be deleted then', async () => {
    const [image] = (await send(alice, 'GET', 'image/v2/images?name=debian')).body.images as Item[];
    const { row } = await makeServer(String(image?.id)); // nobody makes this one's map
    const created = await send(alice, 'POST', 'volume/v2.0/snapshots', {
      snapshot: { volume_id: String(row.id) },
    });
    expect(created.status).toBe(202);
    const id = String(created.body.snapshot?.id);
    await statusBecomes(alice, id, 'error');
    expect((await send(alice, 'GET', `image/v2/images/${id}`)).body.status).toBe('error');
    expect((await send(alice, 'DELETE', `volume/v2.0/snapshots/${id}`)).status).toBe(202);
  });

  describe('whose request died', () => {
    const effect = async (isAbandoned: boolean, isRegistered: boolean) => {
      const [row]: { id: number; snapshot_counter: number }[] = await cloud.core.dataSource
        .query(
          'UPDATE volume SET snapshot_counter = snapshot_counter + 1 WHERE uuid = $1 RETURNING id, snapshot_counter',
          [volume.id],
        )
        .then(([rows]: [{ id: number; snapshot_counter: number }[]]) => rows);
      const { id: volumeId, snapshot_counter: counter } = row ?? { id: 0, snapshot_counter: 0 };
      const mapName = `snftest-snap-${volumeId}-${counter}`;
      const meta = newAttributesOf({ name: mapName, volumeId });
      const payload = {
        volumeId,
        counter,
        volumeMap: `snftest-vol-${volumeId}`,
        user: alice.uuid,
        project: alice.uuid,
        object: mapName,
        sizeBytes: GIB,
        meta,
        isAbandoned,
      };
      const { user, project, object, sizeBytes } = payload;
      const where = { user, account: user, container: 'snapshots', object };
      if (isRegistered) await cloud.core.pithos.registerMap({ ...where, mapName, sizeBytes, meta, project });
      const id = randomUUID();
      await cloud.core.dataSource.manager.insert(EffectEntity, {
        id,
        objectType: 'snapshot',
        objectId: mapName,
        action: 'SEAL',
        payload: payload as never,
      });
      return poll({ everyMs: 100, timeoutMs: 40_000, what: 'the effect to be over' }, async () => {
        const found = await cloud.core.dataSource.manager.findOneByOrFail(EffectEntity, { id });
        return found.finishedAt === null ? undefined : { state: found.state, mapName };
      });
    };
    const named = async (name: string) =>
      ((await send(alice, 'GET', `${v3(alice)}/snapshots?name=${name}`)).body.snapshots ?? []) as Item[];

    it('when Pithos had heard of them are finished by the reconciler', async () => {
      const { state, mapName } = await effect(false, true);
      expect(state).toBe('DONE');
      expect(await named(mapName)).toEqual([expect.objectContaining({ status: 'available' })]);
    });

    it.each([
      ['before Pithos heard of them', false, false],
      ['and which were given up', true, false],
      ['and which were given up when Pithos had heard of them', true, true],
    ])(
      '%s leave nothing',
      async (_when, isAbandoned, isRegistered) => {
        const { state, mapName } = await effect(isAbandoned, isRegistered);
        expect(state).toBe('FAILED');
        expect(await named(mapName)).toEqual([]);
        expect(await engine.find(mapName)).toBeNull();
      },
      60_000,
    );
  });

  it('that were given up go away again, though Pithos registers them late', async () => {
    const { pithos, dataSource } = cloud.core;
    const before = (await cloud.usage(alice))['pithos.diskspace'];
    const late = jest
      .spyOn(pithos, 'registerMap')
      .mockRejectedValueOnce(new ServiceUnavailable('The object store does not answer.'));
    const body = { snapshot: { volume_id: volume.id, name: 'late' } };
    expect((await send(alice, 'POST', `${v3(alice)}/snapshots`, body)).status).toBe(503);
    const [registration] = late.mock.calls[0] ?? [];
    late.mockRestore();
    if (registration === undefined) throw new Error('nothing was asked of Pithos');
    const where = { objectType: 'snapshot', objectId: registration.mapName } as const;
    await poll({ everyMs: 50, timeoutMs: 20_000, what: 'the effect to be over' }, async () =>
      (await dataSource.manager.findOneByOrFail(EffectEntity, where)).finishedAt === null ? undefined : true,
    );

    const { uuid } = await pithos.registerMap(registration);
    expect((await send(alice, 'GET', `image/v2/images/${uuid}`)).body).toMatchObject({ status: 'saving' });
    await poll({ everyMs: 200, timeoutMs: 40_000, what: 'the late object to be gone' }, async () =>
      (await send(alice, 'GET', `image/v2/images/${uuid}`)).status === 404 ? true : undefined,
    );
    await poll({ everyMs: 50, timeoutMs: 10_000, what: 'the charge to be gone' }, async () =>
      (await cloud.usage(alice))['pithos.diskspace'] === before ? true : undefined,
    );
  });

  it('that have ended tell Pithos again what it forgot', async () => {
    const body = { snapshot: { volume_id: volume.id, name: 'forgotten' } };
    const id = String((await send(alice, 'POST', `${v3(alice)}/snapshots`, body)).body.snapshot?.id);
    await statusBecomes(alice, id, 'available');
    const effects = { objectType: 'snapshot', objectId: await mapOf(id), state: 'DONE' } as const;
    await poll({ everyMs: 50, timeoutMs: 20_000, what: 'the effect to be over' }, async () =>
      (await cloud.core.dataSource.manager.countBy(EffectEntity, effects)) === 1 ? true : undefined,
    );
    await cloud.core.pithos.updateStatus(alice.uuid, id, 0);
    await statusBecomes(alice, id, 'available');
    expect((await send(alice, 'DELETE', `${v3(alice)}/snapshots/${id}`)).status).toBe(202);
  });

  it('and volumes of v3 have a name and a description in either spelling', async () => {
    const url = `${v3(alice)}/volumes/${volume.id}`;
    const display = { display_name: 'mine', display_description: 'by openstackclient' };
    const plain = { name: 'mine', description: 'by openstackclient' };
    expect((await send(alice, 'PUT', url, { volume: display })).body.volume).toMatchObject(plain);
    expect((await send(alice, 'PUT', url, { volume: { name: 'its' } })).body.volume).toMatchObject({
      ...plain,
      name: 'its',
    });
    const created = await send(alice, 'POST', `${v3(alice)}/snapshots`, {
      snapshot: { volume_id: volume.id, ...display },
    });
    expect(created.body.snapshot).toMatchObject(plain);
    const id = String(created.body.snapshot?.id);
    await statusBecomes(alice, id, 'available');
    const changed = await send(alice, 'PUT', `${v3(alice)}/snapshots/${id}`, {
      snapshot: { display_name: 'other', display_description: 'new' },
    });
    expect(changed.body.snapshot).toMatchObject({ name: 'other', description: 'new' });
    expect((await send(alice, 'DELETE', `${v3(alice)}/snapshots/${id}`)).status).toBe(202);
  });

  it.each([
    ['an unknown volume', { volume_id: randomUUID() }, 404],
    ['no volume', {}, 400],
  ])('are refused for %s', async (_, snapshot, status) => {
    expect((await send(alice, 'POST', `${v3(alice)}/snapshots`, { snapshot })).status).toBe(status);
  });

  it('are discovered without a token', async () => {
    expect((await cloud.call(null, 'GET', 'volume/')).status).toBe(300);
    expect((await cloud.call(null, 'GET', 'volume/v3/')).status).toBe(200);
  });
});
