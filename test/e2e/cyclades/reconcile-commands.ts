import { runCommands } from '@synnefo/admin';
import { commands } from '../../../apps/cyclades/src/cli.js';
import type { CycladesCloud } from './harness.js';

export type ReportedRow = Readonly<Record<string, unknown>>;

/** Runs an admin command of Cyclades. @returns its table */
export async function report(cloud: CycladesCloud, ...argv: string[]): Promise<ReportedRow[]> {
  let output = '';
  const print = (text: string) => void (output += text);
  const code = await runCommands({
    program: 'snf-manage',
    argv: [...argv, '--output-format', 'json'],
    env: cloud.env,
    sources: [() => Promise.resolve(commands)],
    stdout: print,
    stderr: print,
    readStdin: () => Promise.resolve(''),
  });
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${output}`);
  return JSON.parse(output) as ReportedRow[]; // a table, checked by the caller
}
