import { COMPONENT_TOKENS, RunningAstakos } from './running-astakos.js';
import { serviceDocument } from './service-document.js';

interface Entry {
  readonly type: string;
  readonly name: string;
  readonly endpoints: Record<string, string>[];
}

describe('registration of services', () => {
  let astakos: RunningAstakos;
  let maria: { uuid: string };

  const put = (body: unknown, token: string = COMPONENT_TOKENS.cyclades) =>
    astakos.call('PUT', '/account/v1.0/services', { token, body });
  const vmQuota = async () => {
    const query = `/account/v1.0/service_quotas?user=${maria.uuid}`;
    const { json } = await astakos.call('GET', query, { token: COMPONENT_TOKENS.cyclades });
    return json?.[maria.uuid]?.[maria.uuid]?.['cyclades.vm'] as unknown;
  };
  const catalogV3 = async (): Promise<Entry[]> => {
    const token = await astakos.logIn('maria@uni.example');
    return (await astakos.call('GET', '/identity/v3/auth/catalog', { token })).json.catalog as Entry[];
  };

  beforeAll(async () => {
    astakos = await RunningAstakos.start('astakos_services');
    maria = await astakos.addUser('maria@uni.example');
    expect((await put(serviceDocument())).status).toBe(204);
  });

  afterAll(() => astakos.stop());

  it('gives every existing project a holding of a new resource at once', async () => {
    expect(await vmQuota()).toMatchObject({ limit: Number(2n ** 63n - 1n), usage: 0 });
  });

  it('shows the OpenStack faces under their stock names in v3, one entry a type, and no legacy twin', async () => {
    const catalog = await catalogV3();
    const names = Object.fromEntries(catalog.map(({ type, name }) => [type, name]));
    expect(names).toEqual({
      account: 'astakos_account',
      identity: 'keystone',
      compute: 'nova',
      volumev3: 'cinderv3',
      vmapi: 'cyclades_vmapi',
    });
    const volume = catalog.find(({ type }) => type === 'volumev3');
    expect(volume?.endpoints.map((endpoint) => endpoint.interface)).toEqual(['public', 'internal', 'admin']);
    expect(volume?.endpoints[0]).toMatchObject({
      url: `http://127.0.0.1:1/cyclades/volume/v3/${maria.uuid}`,
      region: 'default',
      region_id: 'default',
    });
  });

  it('shows the Synnefo faces in v2.0, one endpoint a type', async () => {
    const { json } = await astakos.call('POST', '/identity/v2.0/tokens');
    const catalog: Entry[] = json.access.serviceCatalog;
    const compute = catalog.filter(({ type }) => type === 'compute');
    expect(compute).toMatchObject([
      {
        name: 'cyclades_compute',
        endpoints: [
          {
            publicURL: 'http://127.0.0.1:1/cyclades/compute/v2.0',
            versionId: 'v2.0',
            'SNF:exposeVersion': 'True',
            region: 'default',
          },
        ],
      },
    ]);
    expect(catalog.find(({ type }) => type === 'volume')?.endpoints[0]?.['SNF:exposeVersion']).toBe('False');
    expect(catalog.some(({ type }) => type === 'volumev3')).toBe(false);
  });

  it('changes nothing when it is repeated, and leaves the operator his defaults', async () => {
    await astakos.dataSource.query(`UPDATE resource SET system_default = 3 WHERE name = 'cyclades.vm'`);
    const before = await catalogV3();
    expect((await put(serviceDocument())).status).toBe(204);
    expect(await catalogV3()).toEqual(before);
    expect(
      await astakos.dataSource.query(`SELECT system_default FROM resource WHERE name = 'cyclades.vm'`),
    ).toEqual([{ system_default: '3' }]);
  });

  it('registers from several processes at once', async () => {
    const replies = await Promise.all([1, 2, 3, 4].map(() => put(serviceDocument())));
    expect(replies.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
  });

  it('lets no component take the services or resources of another', async () => {
    const { cyclades_compute: compute } = serviceDocument();
    expect(
      (await put({ cyclades_compute: { ...compute, component: 'pithos' } }, COMPONENT_TOKENS.pithos)).status,
    ).toBe(409);
    expect((await put({ cyclades_compute: compute }, COMPONENT_TOKENS.pithos)).status).toBe(400);
    const stolen = {
      ...compute,
      component: 'pithos',
      resources: { vm: { ...compute?.resources?.vm, service_origin: 'pithos_x' } },
    };
    expect((await put({ pithos_x: stolen }, COMPONENT_TOKENS.pithos)).status).toBe(409);
  });

  it('refuses a document that contradicts itself, as a whole', async () => {
    const document = serviceDocument();
    const wrong = {
      ...document,
      cyclades_new: {
        type: 'new',
        component: 'cyclades',
        endpoints: [],
        resources: document.cyclades_compute?.resources,
      },
    };
    expect((await put(wrong)).status).toBe(400);
    expect(await astakos.dataSource.query(`SELECT 1 FROM service WHERE name = 'cyclades_new'`)).toEqual([]);
    expect((await put({ x: { component: 'cyclades', endpoints: [] } })).status).toBe(400);
  });

  it('lists visible resources to everybody', async () => {
    const { json } = await astakos.call('GET', '/account/v1.0/resources');
    expect(json['cyclades.ram']).toEqual({
      service: 'cyclades_compute',
      description: 'what cyclades.ram counts',
      unit: 'bytes',
      ui_visible: true,
      api_visible: true,
    });
    expect(json).not.toHaveProperty('cyclades.total_ram');
  });
});
