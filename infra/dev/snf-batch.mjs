/**
 * Runs several admin commands in one process, through the same door as snf-manage; a process for each would cost a second of start every time.
 * Standard input: JSON `[{ args: string[], input?: string }]`. Standard output: a JSON array of what each printed. Stops at the first that fails.
 */
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { root } from './root.mjs';

const load = (...parts) => import(pathToFileURL(path.join(root, ...parts)).href);
const { runCommands } = await load('libs', 'admin', 'dist', 'src', 'index.js');
const { sources } = await load('apps', 'cli', 'dist', 'src', 'sources.js');

const outputs = [];
for (const { args, input = '' } of JSON.parse(await text(process.stdin))) {
  let output = '';
  const code = await runCommands({
    program: `snf-manage ${args[0]}`,
    argv: args,
    env: process.env,
    sources,
    stdout: (printed) => (output += printed),
    stderr: (printed) => process.stderr.write(printed),
    readStdin: async () => input,
  });
  if (code !== 0) process.exit(code);
  outputs.push(output);
}
process.stdout.write(`${JSON.stringify(outputs)}\n`, () => process.exit(0));
