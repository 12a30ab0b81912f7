import { runCommands } from '@synnefo/admin';
import { testDatabase, type TestDatabase } from '@synnefo/testing';
import { commands } from '../cli.js';

describe('snf-manage network-create and pool-create', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await testDatabase('network_commands');
  });

  afterAll(() => database.drop());

  const run = async (...argv: string[]) => {
    let output = '';
    const print = (text: string) => void (output += text);
    const env = { CYCLADES_DATABASE_URL: database.url };
    const code = await runCommands({
      ...{ program: 'snf-manage', argv, env, sources: [() => Promise.resolve(commands)] },
      ...{ stdout: print, stderr: print, readStdin: () => Promise.resolve('') },
    });
    return { code, output };
  };
  const publicNetwork = [
    'network-create',
    '--name',
    'public',
    '--subnet',
    '203.0.113.0/24',
    '--public',
    '--floating-ip-pool',
  ];

  it('make a network once', async () => {
    expect(
      await run(
        ...publicNetwork,
        '--allocation-pool',
        '203.0.113.10,203.0.113.20',
        '203.0.113.30,203.0.113.40',
      ),
    ).toEqual({ code: 0, output: 'network 1 created\n' });
    expect(await run(...publicNetwork, '--if-missing')).toMatchObject({ code: 0 });
    expect(await run(...publicNetwork)).toMatchObject({
      code: 1,
      output: expect.stringContaining('exists already') as string,
    });
    const listed = await run('network-list', '--output-format', 'json');
    expect(JSON.parse(listed.output)).toEqual([
      expect.objectContaining({
        name: 'public',
        'subnet.ipv4': '203.0.113.0/24',
        'gateway.ipv4': '203.0.113.1',
        link: 'br0',
      }),
    ]);
  });

  it('make a pool once', async () => {
    const pool = ['pool-create', '--type', 'mac-prefix', '--base', 'aa:00:0', '--size', '100'];
    expect(await run(...pool)).toMatchObject({ code: 0 });
    expect(await run(...pool)).toMatchObject({ code: 1 });
    expect(await run(...pool, '--if-missing')).toMatchObject({ code: 0 });
  });

  it.each([
    ['a subnet with host bits', ['network-create', '--name', 'x', '--subnet', '10.0.0.1/24']],
    ['an unknown flavor', ['network-create', '--name', 'x', '--flavor', 'WIRELESS']],
    ['a base that is no MAC prefix', ['pool-create', '--type', 'mac-prefix', '--base', 'prv', '--size', '1']],
  ])('refuse %s in one line', async (_, argv) => {
    const { code, output } = await run(...argv);
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toHaveLength(1);
  });
});
