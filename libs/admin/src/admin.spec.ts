import { UNLIMITED } from '@synnefo/units';
import { z } from 'zod';
import {
  CommandError,
  type CommandList,
  defineCommand,
  details,
  message,
  parseQuantity,
  render,
  runCommands,
  table,
} from './index.js';

const greet = defineCommand({
  args: ['<who>', '[title]'],
  options: [
    { flags: '--times <n>', help: 'how often' },
    { flags: '--if-missing', help: 'only once' },
  ],
  input: z.strictObject({
    who: z.string(),
    title: z.string().optional(),
    times: z.coerce.number().int().min(1).default(1),
    ifMissing: z.boolean().default(false),
  }),
  run: (input, context) => {
    context.onEnd(async () => void ended.push(input.who));
    if (input.who === 'nobody') throw new CommandError('nobody is not there');
    if (input.who === 'crash') throw new Error('first\n  second');
    return Promise.resolve(
      details({
        who: input.who,
        times: input.times,
        ifMissing: input.ifMissing,
        greeting: context.env.GREETING,
      }),
    );
  },
});
const hello = defineCommand({ input: z.strictObject({}), run: () => Promise.resolve(message('hello')) });

let ended: string[];
let loaded: string[];

function source(name: string, list: CommandList) {
  return () => {
    loaded.push(name);
    return Promise.resolve(list);
  };
}

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  ended = [];
  loaded = [];
  const code = await runCommands({
    program: 'snf-manage',
    argv,
    env: { GREETING: 'hi' },
    sources: [
      source('first', [
        { name: 'user-greet', summary: 'greet somebody', load: () => Promise.resolve(greet) },
      ]),
      source('second', [{ name: 'hello', summary: 'say hello', load: () => Promise.resolve(hello) }]),
    ],
    stdout: (text) => (out += text),
    stderr: (text) => (err += text),
    readStdin: () => Promise.resolve(''),
  });
  return { code, out, err };
}

describe('runCommands', () => {
  it('finds the command, checks its input and closes what it opened', async () => {
    const { code, out } = await run(
      'user-greet',
      'maria',
      '--times',
      '3',
      '--if-missing',
      '--output-format',
      'json',
    );
    expect(JSON.parse(out)).toEqual({ who: 'maria', times: 3, ifMissing: true, greeting: 'hi' });
    expect({ code, ended, loaded }).toEqual({ code: 0, ended: ['maria'], loaded: ['first'] });
  });

  it('prints one line for a mistake and exits with 1', async () => {
    expect(await run('user-greet', 'nobody')).toEqual({
      code: 1,
      out: '',
      err: 'snf-manage: nobody is not there\n',
    });
    expect(ended).toEqual(['nobody']);
    expect((await run('user-greet', 'crash')).err).toBe('snf-manage: first second\n');
    expect((await run('user-greet', 'x', '--times', 'none')).err).toMatch(/^snf-manage: times: .*\n$/);
    expect((await run('user-greet')).code).toBe(1);
    expect((await run('user-greet', 'x', '--unknown')).code).toBe(1);
    expect((await run('no-such')).err).toMatch(/unknown command 'no-such'/);
  });

  it('lists all commands', async () => {
    const { code, out } = await run('help');
    expect(code).toBe(0);
    expect(out).toMatch(/hello +say hello\n.*user-greet +greet somebody/s);
  });
});

describe('render', () => {
  const list = table(
    ['name', 'limit'],
    [
      ['a,"b"', UNLIMITED],
      ['\u001b[31m', null],
    ],
  );

  it('prints tables for people, without terminal control', () => {
    const lines = [
      'name      limit',
      '--------  -------------------',
      'a,"b"     9223372036854775807',
      '\\x1b[31m',
      '',
    ];
    expect(render(list, 'table')).toBe(lines.join('\n'));
  });

  it('prints CSV and JSON for programs', () => {
    expect(render(list, 'csv')).toBe('name,limit\r\n"a,""b""",9223372036854775807\r\n\u001b[31m,\r\n');
    expect(render(list, 'json')).toBe(
      '[{"name":"a,\\"b\\"","limit":9223372036854775807},{"name":"\\u001b[31m","limit":null}]\n',
    );
    expect(render(message('done'), 'json')).toBe('{"message":"done"}\n');
    expect(render(details({ id: 1 }), 'csv')).toBe('id\r\n1\r\n');
    expect(render(details({ id: 1, name: 'x' }), 'table')).toBe('id   : 1\nname : x\n');
  });
});

describe('parseQuantity', () => {
  it.each([
    ['8', 8n],
    ['20GiB', 20n * 1024n ** 3n],
    ['1.5 g', 1536n * 1024n ** 2n],
    ['512MB', 512n * 1024n ** 2n],
    ['7 bytes', 7n],
    ['inf', UNLIMITED],
    ['infinite', UNLIMITED],
    ['-1', null],
    ['many', null],
    ['9223372036854775808', null],
  ])('%s', (text, value) => expect(parseQuantity(text)).toBe(value));
});
