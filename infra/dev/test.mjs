/**
 * `npm test`: everything that must pass before a change lands. On Debian as root it installs what the tests' real peers need; elsewhere it says what
 * is missing and what is therefore skipped. PostgreSQL and Redis of its own, in a directory that is gone afterwards; the last line counts.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { demoImagePackages } from '../images/demo/packages.mjs';
import { staticChecks } from './check.mjs';
import { openDataDir } from './data-dir.mjs';
import { Failure, oneLine } from './failure.mjs';
import { canInstall, checkNode, installDebianPackages, installNpmPackages } from './packages.mjs';
import { removeOrphanedOuterDirs } from './outer-dir.mjs';
import { freePort } from './ports.mjs';
import { DATABASES, providePostgres } from './postgres.mjs';
import { provideQueues } from './redis.mjs';
import { root } from './root.mjs';
import { endCommands, findExecutable } from './run.mjs';
import { complain, print, say } from './screen.mjs';
import { runInView } from './run-in-view.mjs';
import { Supervisor } from './supervise.mjs';

const PACKAGES = [
  ...[
    'redis-server',
    'qemu-system-x86',
    'qemu-utils',
    'libnbd-bin',
    'nbd-client',
    'fio',
    'curl',
    'ca-certificates',
  ],
  ...['python3-openstackclient', 'python3-swiftclient', 'rclone'],
  ...demoImagePackages,
];
/**
 * What each tier cannot do without (programs that the tests call), and how many Jest workers it has: the tests wait more than they compute, but guests do
 * compute. The static checks run beside the first tiers.
 */
const TIERS = [
  { name: 'unit', needs: [], workers: 2 },
  { name: 'db', needs: [], workers: 2 },
  { name: 'e2e', needs: [], workers: 3 },
  {
    name: 'scenario',
    needs: ['redis-server', 'qemu-system-x86_64', 'openstack', 'swift', 'debugfs'],
    workers: 2,
    projects: ['scenario', 'probe'],
    // of the probes their short form; the others are for test-probe.mjs
    args: ['--testPathPatterns', 'test/scenario/', '--testPathPatterns', 'test/probe/(kills|guest)\\.spec'],
  },
];

class TestRun {
  passed = 0;
  failed = 0;
  skipped = 0;

  constructor() {
    this.dir = mkdtempSync(path.join(os.tmpdir(), 'synnefo-test-'));
  }

  /** @returns whether everything passed */
  async run() {
    await this.#prepare();
    const checks = staticChecks();
    checks.catch(() => undefined); // told when it is waited for
    const env = await this.#servers();
    for (const tier of TIERS) await this.#tier(tier, env);
    for (const { isOk } of await checks) this.#count(isOk);
    return this.failed === 0;
  }

  async end() {
    endCommands();
    await this.supervisor?.stop();
    rmSync(this.dir, { recursive: true, force: true });
    const { finished } = await removeOrphanedOuterDirs();
    await finished;
  }

  async #prepare() {
    if (canInstall()) await installDebianPackages(PACKAGES);
    await installNpmPackages();
    const { build } = await import('./build.mjs');
    say(`built ${await build()} files`);
    const { ensureDemoImage, findDemoImage } = await import('../images/demo/build.mjs');
    if (canInstall()) await ensureDemoImage(say);
    this.image = findDemoImage();
  }

  /** PostgreSQL and Redis for the database and e2e tests. */
  async #servers() {
    const data = openDataDir(path.join(this.dir, 'servers'));
    const supervisor = new Supervisor({ logDir: data.file('log'), runDir: data.file('run') });
    this.supervisor = supervisor;
    const options = { data, supervisor, which: 'auto', isDurable: false };
    const databaseUrl = await providePostgres({ ...options, port: await freePort() });
    const queuesUrl = await provideQueues({
      ...options,
      port: await freePort(),
      queues: 'auto',
      postgresUrl: databaseUrl(DATABASES[3]),
    });
    const env = { ...process.env, DATABASE_URL: databaseUrl('postgres'), NODE_ENV: 'test' };
    if (queuesUrl.startsWith('redis')) env.REDIS_URL = queuesUrl;
    if (this.image !== null) env.SYNNEFO_DEMO_IMAGE = this.image;
    return env;
  }

  async #tier({ name, needs, workers, projects = [name], args: more = [] }, env) {
    const missing = needs.filter((program) => findExecutable(program) === null);
    if (name === 'scenario' && this.image === null) missing.push('the demo image');
    if (name === 'db' && env.REDIS_URL === undefined) missing.push('redis-server');
    if (missing.length > 0) {
      say(`${name} tests are skipped, missing: ${missing.join(', ')}`);
      this.skipped += 1;
      return;
    }
    say(`${name} tests`);
    const report = path.join(this.dir, `${name}.json`);
    const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
    const args = [jest, '--json', '--outputFile', report, '--maxWorkers', String(workers)];
    args.push(...more, '--selectProjects', ...projects);
    const code = await runInView({ command: process.execPath, args, env, cwd: root });
    this.#add(report, code);
  }

  #add(report, code) {
    if (!existsSync(report)) return this.#count(code === 0);
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    this.passed += numPassedTests;
    this.skipped += numPendingTests;
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    // Jest may also fail as a whole
    this.failed += failed === 0 && code !== 0 ? 1 : failed;
  }

  #count(isOk) {
    if (isOk) this.passed += 1;
    else this.failed += 1;
  }
}

async function main() {
  checkNode();
  const test = new TestRun();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => void test.end().finally(() => process.exit(1)));
  let isGreen = false;
  try {
    isGreen = await test.run();
  } catch (error) {
    test.failed += 1;
    complain(error instanceof Failure ? error.message : (error.stack ?? oneLine(error)));
  }
  await test.end();
  const skipped = test.skipped > 0 ? `, ${test.skipped} skipped` : '';
  print(`${test.passed} passed, ${test.failed} failed${skipped}`);
  process.exit(isGreen ? 0 : 1);
}

await main();
