import { openTarget, type Target } from './target.js';

let target: Target;

beforeAll(async () => {
  target = await openTarget();
}, 120_000);
afterAll(() => target.stop());

const UNAUTHORIZED = {
  code: 401,
  message: 'Unauthorized',
  explain: 'No permission -- see authorization schemes',
};
const FORBIDDEN = {
  code: 403,
  message: 'Forbidden',
  explain: 'Request forbidden -- authorization will not help',
};
const NOT_FOUND = { code: 404, message: 'Not Found', explain: 'Nothing matches the given URI' };

const bad = (message: string): object => ({
  code: 400,
  message,
  explain: 'Bad request syntax or unsupported method',
});
const broken = (message: string): object => ({ code: 500, message, explain: 'Server got itself in trouble' });
const lacks = (method: string, where: string): object => ({
  code: 501,
  message: `Method ${method} is unsupported for path ${where}`,
  explain: 'Server does not support this operation',
});
const invalid = (parameter: string): object =>
  bad(
    `Invalid body parameters: (&quot;Parameter &#x27;${parameter}&#x27; fails validation&quot;, &#x27;wrong_input&#x27;)`,
  );
const unsupported = (opcode: string, parameter: string): object =>
  bad(
    `Invalid body parameters: Object ${opcode} doesn&#x27;t support the parameter &#x27;${parameter}&#x27;`,
  );

describe('every answer', () => {
  it('is JSON, closes the connection and names the server', async () => {
    const { status, headers } = await target.raw('GET', '/version');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      connection: 'close',
      server: 'Ganeti 3.0.2',
    });
  });
});

describe('who may call', () => {
  it.each(['/', '/version', '/2/features', '/2/nosuch'])('nobody unknown, on %s too', async (where) => {
    const reply = await target.raw('GET', where, { auth: null });
    expect([reply.status, reply.value]).toEqual([401, UNAUTHORIZED]);
    expect(reply.headers['www-authenticate']).toBe('Basic realm="Ganeti Remote API"');
  });

  it('nobody with a wrong password', async () => {
    const reply = await target.raw('GET', '/2/info', {
      auth: { user: target.reader.user, password: 'wrong' },
    });
    expect(reply.status).toBe(401);
  });

  it.each([
    ['PUT', '/2/instances/nosuch/startup'],
    ['POST', '/2/instances'],
    ['DELETE', '/2/instances/nosuch'],
    ['GET', '/2/jobs/1/wait'],
  ])('%s %s only with the right to write', async (method, where) => {
    const reply = await target.raw(method, where, { auth: target.reader });
    expect([reply.status, reply.value]).toEqual([403, FORBIDDEN]);
  });

  it('a reader reads', async () => {
    expect((await target.raw('GET', '/2/info', { auth: target.reader })).status).toBe(200);
  });
});

const create = {
  __version__: 1,
  mode: 'create',
  instance_name: 'x',
  disks: [],
  nics: [],
  disk_template: 'diskless',
};

describe('refusals', () => {
  it.each<[string, string, unknown, object]>([
    ['GET', '/2/nosuch', undefined, NOT_FOUND],
    ['GET', '/2/', undefined, NOT_FOUND],
    ['GET', '/2/instances/nosuch', undefined, NOT_FOUND],
    ['GET', '/2/networks/nosuch', undefined, NOT_FOUND],
    ['GET', '/2/nodes/nosuch', undefined, NOT_FOUND],
    ['GET', '/2/groups/nosuch', undefined, NOT_FOUND],
    ['GET', '/2/jobs/abc', undefined, NOT_FOUND],
    ['POST', '/2/instances/nosuch/disk/x/grow', { amount: 5 }, NOT_FOUND],
    ['POST', '/2/info', undefined, lacks('POST', '/2/info')],
    ['OPTIONS', '/2/info', undefined, lacks('OPTIONS', '/2/info')],
    ['PUT', '/2/jobs/1', undefined, lacks('PUT', '/2/jobs/1')],
    ['GET', '/2/instances?bulk=x', undefined, bad('Invalid value for the &#x27;bulk&#x27; parameter')],
    ['GET', '/2/instances/nosuch/console', undefined, broken('list index out of range')],
    [
      'GET',
      '/2/instances/nosuch/tags',
      undefined,
      broken('(&#x27;Instance name nosuch not found&#x27;, &#x27;unknown_entity&#x27;)'),
    ],
    ['GET', '/2/jobs/1/wait', undefined, broken('&#x27;NoneType&#x27; object is not subscriptable')],
    ['GET', '/2/jobs/1/wait', {}, bad('Required parameter &#x27;fields&#x27; is missing')],
    ['POST', '/2/instances', 'xx', bad('Unable to parse JSON data')],
    [
      'POST',
      '/2/instances',
      [1],
      bad('Body contents: Type is &#x27;list&#x27;, but &#x27;dict&#x27; is expected'),
    ],
    ['POST', '/2/instances', {}, bad('Instance creation request version 0 is no longer supported')],
    ['POST', '/2/instances', { __version__: 2 }, bad('Unsupported request data version 2')],
    ['POST', '/2/instances', { __version__: 1 }, invalid('OP_INSTANCE_CREATE.instance_name')],
    [
      'POST',
      '/2/instances',
      { __version__: 1, instance_name: 'x', mode: 'create' },
      invalid('OP_INSTANCE_CREATE.disks'),
    ],
    ['POST', '/2/instances', { ...create, mode: undefined }, invalid('OP_INSTANCE_CREATE.mode')],
    ['POST', '/2/instances', { ...create, instance_name: 5 }, invalid('OP_INSTANCE_CREATE.instance_name')],
    ['POST', '/2/instances', { ...create, nics: [{ nosuch: 1 }] }, invalid('OP_INSTANCE_CREATE.nics')],
    [
      'POST',
      '/2/instances',
      { ...create, disk_template: 'nosuch' },
      invalid('OP_INSTANCE_CREATE.disk_template'),
    ],
    ['POST', '/2/instances', { ...create, nosuch: 1 }, unsupported('OpInstanceCreate', 'nosuch')],
    [
      'POST',
      '/2/instances',
      { ...create, reason: [] },
      bad('Can&#x27;t overwrite static parameters {&#x27;reason&#x27;}'),
    ],
    ['PUT', '/2/instances/nosuch/shutdown', { timeout: 'x' }, invalid('OP_INSTANCE_SHUTDOWN.timeout')],
    ['PUT', '/2/instances/nosuch/modify', { beparams: 5 }, invalid('OP_INSTANCE_SET_PARAMS.beparams')],
    ['PUT', '/2/instances/nosuch/modify', { nics: [['foo', 0, {}]] }, invalid('OP_INSTANCE_SET_PARAMS.nics')],
    ['PUT', '/2/instances/nosuch/modify', { nosuch: 0 }, unsupported('OpInstanceSetParams', 'nosuch')],
    ['POST', '/2/instances/nosuch/reboot?type=bad', undefined, invalid('OP_INSTANCE_REBOOT.reboot_type')],
    ['POST', '/2/instances/nosuch/disk/0/grow', {}, invalid('OP_INSTANCE_GROW_DISK.amount')],
    ['POST', '/2/networks', {}, invalid('OP_NETWORK_ADD.network_name')],
    ['POST', '/2/networks', { network_name: 'n' }, invalid('OP_NETWORK_ADD.network')],
    ['POST', '/2/networks', { network_name: 'n', network: 'foo' }, invalid('OP_NETWORK_ADD.network')],
    [
      'POST',
      '/2/networks',
      { network_name: 'n', network: '10.0.0.0/99' },
      broken('&#x27;99&#x27; is not a valid netmask'),
    ],
    [
      'POST',
      '/2/networks',
      { network_name: 'n', network: '10.1.0.0/8' },
      broken('10.1.0.0/8 has host bits set'),
    ],
    [
      'POST',
      '/2/networks',
      { network_name: 'n', network: '10.1.0.0/28', x: 1 },
      unsupported('OpNetworkAdd', 'x'),
    ],
    ['PUT', '/2/networks/nosuch/connect', {}, invalid('OP_NETWORK_CONNECT.group_name')],
    [
      'PUT',
      '/2/networks/nosuch/connect',
      { group_name: 'default' },
      invalid('OP_NETWORK_CONNECT.network_mode'),
    ],
  ])('%s %s %j', async (method, where, body, expected) => {
    const reply = await target.raw(method, where, { body });
    expect(reply.value).toEqual(expected);
    expect(reply.value).toMatchObject({ code: reply.status });
  });

  it('of what only the master parses are 502', async () => {
    const reply = await target.raw('POST', '/2/instances', { body: { ...create, disks: [{ size: 'a' }] } });
    const message =
      'Failed to parse request: SubmitJob: Can&#x27;t parse value for &#x27;disks&#x27;: Can&#x27;t parse string &#x27;a&#x27;';
    expect([reply.status, reply.value]).toEqual([502, expect.objectContaining({ code: 502, message })]);
  });

  it('of a body that is not declared as JSON are 415', async () => {
    const reply = await target.raw('POST', '/2/instances', { body: '{}', contentType: 'text/plain' });
    expect(reply.value).toEqual({
      code: 415,
      message: 'Unsupported Media Type',
      explain: 'Entity body in unsupported format',
    });
  });
});
