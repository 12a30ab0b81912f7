import { runCommands } from '@synnefo/admin';
import { testRedisUrl } from '@synnefo/testing';
import { commands } from '../../../apps/astakos/src/cli.js';
import { passwordIdentity, RunningAstakos } from './running-astakos.js';
import { serviceDocument } from './service-document.js';

describe('snf-manage, commands of Astakos', () => {
  let astakos: RunningAstakos;

  const run = async (...argv: string[]): Promise<{ code: number; out: string; err: string }> => {
    let [out, err] = ['', ''];
    const code = await runCommands({
      program: 'snf-manage',
      argv,
      env: { ASTAKOS_DATABASE_URL: astakos.database.url, SYNNEFO_BUS_URL: testRedisUrl() },
      sources: [() => Promise.resolve(commands)],
      stdout: (text) => (out += text),
      stderr: (text) => (err += text),
      readStdin: () => Promise.resolve('from stdin\n'),
    });
    return { code, out, err };
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- commands print rows of every shape
  const json = async (...argv: string[]): Promise<any> => {
    const { out, err } = await run(...argv, '--output-format', 'json');
    return JSON.parse(out === '' ? JSON.stringify({ err }) : out);
  };

  beforeAll(async () => {
    astakos = await RunningAstakos.start('astakos_commands');
    const client = astakos.client('cyclades');
    await client.registerServices(serviceDocument());
    await client.close();
  });

  afterAll(() => astakos.stop());

  it('adds a user once, who can log in', async () => {
    const add = ['user-add', 'demo@synnefo.test', 'Demo', 'User', '--password-file', '-', '--if-missing'];
    const first = await json(...add);
    expect(first).toMatchObject({ email: 'demo@synnefo.test', isNew: true });
    expect(await json(...add)).toEqual({ uuid: first.uuid, email: 'demo@synnefo.test', isNew: false });
    const reply = await astakos.authenticate(passwordIdentity('demo@synnefo.test', 'from stdin'));
    expect(reply.json.token.user.id).toBe(first.uuid);
  });

  it('says in one line what is wrong', async () => {
    await run('user-add', 'twice@synnefo.test', 'T', 'W');
    const lines = await Promise.all([
      run('user-add', 'Twice@synnefo.test', 'T', 'W'),
      run('user-add', 'no-address', 'T', 'W'),
      run('user-show', 'nobody@synnefo.test'),
      run('user-modify', 'twice@synnefo.test', '--limit', 'cyclades.vm=many'),
      run('user-modify', 'twice@synnefo.test', '--limit', 'no.such=1'),
      run('resource-modify', 'no.such', '--system-default', '1'),
    ]);
    for (const { code, out, err } of lines) {
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(/^snf-manage: [^\n]+\n$/);
    }
  });

  it('sets the default limits of users to come, and the limits of one', async () => {
    expect(await json('resource-modify', 'cyclades.ram', '--system-default', '4GiB')).toMatchObject({
      system_default: String(4 * 1024 ** 3),
    });
    await run('user-add', 'limits@synnefo.test', 'L', 'M', '--password', 'x');
    await run('user-modify', 'limits@synnefo.test', '--limit', 'cyclades.vm=3');
    const rows: { resource: string; limit: string }[] = await json(
      'quota-list',
      '--user',
      'limits@synnefo.test',
    );
    expect(Object.fromEntries(rows.map(({ resource, limit }) => [resource, limit]))).toEqual({
      'cyclades.vm': '3',
      'cyclades.ram': String(4 * 1024 ** 3),
      'cyclades.total_ram': 'inf',
    });
  });

  it('ends the tokens of a user who is locked out, and lets him in again', async () => {
    await run('user-add', 'out@synnefo.test', 'O', 'U', '--password', 'x');
    const token = (await astakos.authenticate(passwordIdentity('out@synnefo.test', 'x'))).headers.get(
      'x-subject-token',
    );
    const status = async () =>
      (await astakos.call('GET', '/account/v1.0/quotas', { token: token ?? undefined })).status;
    expect(await status()).toBe(200);
    expect((await run('user-modify', 'out@synnefo.test', '--set-inactive')).code).toBe(0);
    expect(await status()).toBe(401);
    expect((await astakos.authenticate(passwordIdentity('out@synnefo.test', 'x'))).status).toBe(401);
    await run('user-modify', 'out@synnefo.test', '--set-active');
    expect((await astakos.authenticate(passwordIdentity('out@synnefo.test', 'x'))).status).toBe(201);
  });

  it('makes and unmakes operators', async () => {
    await run('user-add', 'root@synnefo.test', 'R', 'T', '--password', 'x', '--admin');
    expect(await json('user-show', 'root@synnefo.test')).toMatchObject({ admin: true, active: true });
    await run('user-modify', 'root@synnefo.test', '--set-noadmin');
    expect(await json('user-show', 'root@synnefo.test')).toMatchObject({ admin: false });
  });

  it('lists users, components, services and pending commissions', async () => {
    expect((await json('user-list')).length).toBeGreaterThan(2);
    const components: { name: string }[] = await json('component-list');
    expect(components.map(({ name }) => name)).toEqual(['cyclades', 'pithos', 'astakos']);
    expect((await run('service-list')).out).toMatch(/cyclades_compute +compute +v3/);
    const client = astakos.client('cyclades');
    const serial = await client.issueCommission({ name: 'stuck', provisions: [] });
    await client.close();
    expect(await json('commission-list')).toMatchObject([{ serial, name: 'stuck', clientkey: 'cyclades' }]);
    expect(await json('commission-list', '--overdue', '3600')).toEqual([]);
  });
});
