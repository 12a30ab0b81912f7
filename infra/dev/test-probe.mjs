/**
 * `npm run test:probe`: things break in the middle of the main job; in less than ninety minutes, on Debian as root whole, elsewhere as far as it goes.
 * Ends in the table of what broke, in which step, how the step ended and how many seconds later.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { GANETI_PACKAGES } from '../ganeti/dev-cluster/packages.mjs';
import { demoImagePackages } from '../images/demo/packages.mjs';
import { Failure, oneLine } from './failure.mjs';
import { canInstall, checkNode, installDebianPackages, installNpmPackages } from './packages.mjs';
import { root } from './root.mjs';
import { endCommands } from './run.mjs';
import { runInView } from './run-in-view.mjs';
import { complain, print, say } from './screen.mjs';

const HELP = `npm run test:probe -- [options]

  --only NAMES    of these alone: ${probes().join(', ')}
  --rounds N      how often each runs (default 1)
  --seed N        repeats the moments of an earlier run
  --table FILE    where the table goes too (Markdown)
`;
const PACKAGES = ['redis-server', 'qemu-system-x86', 'qemu-utils', 'libfaketime'];
const spec = {
  only: { type: 'string' },
  rounds: { type: 'string', default: '1' },
  seed: { type: 'string' },
  table: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
};

function probes() {
  const files = readdirSync(path.join(root, 'test', 'probe'));
  return files.filter((file) => file.endsWith('.spec.ts')).map((file) => file.slice(0, -'.spec.ts'.length));
}

/** @throws Failure about the first mistake */
function readOptions(argv) {
  let values;
  try {
    ({ values } = parseArgs({ args: argv, options: spec }));
  } catch (error) {
    throw new Failure(`${error.message.split(/\.\s/)[0]}; --help lists the options`);
  }
  const only = values.only?.split(',') ?? probes();
  const unknown = only.find((name) => !probes().includes(name));
  if (unknown !== undefined) throw new Failure(`--only takes ${probes().join(', ')}, not ${unknown}`);
  for (const name of ['rounds', 'seed']) {
    if (values[name] !== undefined && !/^\d{1,6}$/.test(values[name]))
      throw new Failure(`--${name} takes a number, not ${values[name]}`);
  }
  return { ...values, only, rounds: Number(values.rounds) };
}

class ProbeTests {
  passed = 0;
  failed = 0;
  skipped = 0;
  #dir = mkdtempSync(path.join(os.tmpdir(), 'synnefo-probe-'));
  #rows = path.join(this.#dir, 'rows');

  constructor(options) {
    this.options = options;
  }

  async run() {
    await this.#prepare();
    for (let round = 1; round <= this.options.rounds; round += 1) {
      for (const name of this.options.only) await this.#probe(name, round);
    }
    const table = this.#table();
    print(table);
    if (this.options.table !== undefined) writeFileSync(this.options.table, `${table}\n`);
  }

  end() {
    endCommands();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #prepare() {
    if (canInstall()) await installDebianPackages([...PACKAGES, ...GANETI_PACKAGES, ...demoImagePackages]);
    await installNpmPackages();
    const { build } = await import('./build.mjs');
    say(`built ${await build()} files`);
    const { ensureDemoImage, findDemoImage } = await import('../images/demo/build.mjs');
    if (canInstall()) await ensureDemoImage(say);
    process.env.SYNNEFO_DEMO_IMAGE = findDemoImage() ?? '';
  }

  async #probe(name, round) {
    const startedAt = performance.now();
    say(`${name}${this.options.rounds > 1 ? `, round ${round}` : ''}`);
    const report = path.join(this.#dir, `${name}-${round}.json`);
    const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
    const args = [jest, '--runInBand', '--selectProjects', 'probe', '--json', '--outputFile', report];
    args.push('--testPathPatterns', `test/probe/${name}\\.spec\\.ts$`);
    const env = { ...process.env, SYNNEFO_PROBE: 'long', PROBE_TABLE: this.#rows };
    if (this.options.seed !== undefined) env.PROBE_SEED = this.options.seed;
    const code = await runInView({ command: process.execPath, args, env, cwd: root });
    this.#add(report, code);
    say(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - startedAt) / 1000).toFixed(0)} s)`);
  }

  #add(report, code) {
    if (!existsSync(report)) {
      this.failed += 1;
      return;
    }
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    this.passed += numPassedTests;
    this.skipped += numPendingTests;
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    this.failed += failed === 0 && code !== 0 ? 1 : failed;
  }

  #table() {
    const text = existsSync(this.#rows) ? readFileSync(this.#rows, 'utf8') : '';
    const rows = text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    rows.sort((a, b) => a.fault.localeCompare(b.fault)); // a stable sort: steps stay in their order
    const lines = rows.map(({ fault, step, outcome, seconds }) => [fault, step, outcome, seconds.toFixed(1)]);
    const seeds = [...new Set(rows.map(({ seed }) => seed))].join(', ');
    return [['fault', 'step', 'outcome', 'seconds until well'], ['---', '---', '---', '---:'], ...lines]
      .map(
        (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '/').replaceAll('\n', ' ')).join(' | ')} |`,
      )
      .concat('', `seeds: ${seeds}`)
      .join('\n');
  }
}

async function main() {
  checkNode();
  const options = readOptions(process.argv.slice(2));
  if (options.help) return print(HELP);
  const tests = new ProbeTests(options);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => {
      tests.end();
      setImmediate(() => process.exit(1)); // whoever runs the tests passes the signal on first
    });
  try {
    await tests.run();
  } catch (error) {
    tests.failed += 1;
    complain(error instanceof Failure ? error.message : (error.stack ?? oneLine(error)));
  }
  tests.end();
  const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
  print(`${tests.passed} passed, ${tests.failed} failed${skipped}`);
  process.exit(tests.failed === 0 ? 0 : 1);
}

main().catch((error) => {
  complain(error instanceof Failure ? error.message : error.stack);
  process.exit(1);
});
