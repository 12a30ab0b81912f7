/**
 * `npm run test:ganeti`: what is held to a real Ganeti, on Debian as root, in about ten minutes. The contract suite; Ganeti's own tests of its remote
 * API, when RAPI_QA names the script that runs them, against the cluster and against the simulator; the main job and a live migration, with guests
 * on our provider.
 * RAPI_URL, RAPI_USER, RAPI_PASSWORD (and RAPI_NODE, a node's name) name a cluster for the first two; else a development cluster is made, and removed.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { GANETI_PACKAGES } from '../ganeti/dev-cluster/packages.mjs';
import { demoImagePackages } from '../images/demo/packages.mjs';
import { Failure, oneLine } from './failure.mjs';
import { canInstall, checkNode, installDebianPackages, installNpmPackages } from './packages.mjs';
import { freePort } from './ports.mjs';
import { root } from './root.mjs';
import { endCommands, run, runOrFail } from './run.mjs';
import { runInView } from './run-in-view.mjs';
import { complain, print, say } from './screen.mjs';
import { hasLoggedReady, Supervisor } from './supervise.mjs';

const PACKAGES = ['redis-server', 'python3-openstackclient', 'python3-swiftclient'];
const QA_PACKAGES = ['ganeti-testsuite'];
/** What the simulator need not have: groups of nodes, filters, allocation, exports, and the fields of every query. */
const QA_OF_SIMULATOR = ['errors', 'tags', 'networks', 'jobs'];
const QA_USER = 'qa';
const QA_PASSWORD = 'qa-password';
const CLUSTER_TOOL = path.join(root, 'infra', 'ganeti', 'dev-cluster.mjs');

class GanetiTests {
  passed = 0;
  failed = 0;
  skipped = 0;
  #dir = mkdtempSync(path.join(os.tmpdir(), 'synnefo-ganeti-'));
  #clusterDir = null;
  #supervisor = null;

  async run() {
    await this.#prepare();
    const target = process.env.RAPI_URL === undefined ? await this.#makeCluster() : process.env;
    await this.#step('contract suite', () =>
      this.#jest('e2e', target, ['--testPathPatterns', 'test/contract/rapi']),
    );
    await this.#qa('cluster', target, [target.RAPI_NODE ?? 'node1.synnefo.test']);
    await this.#removeCluster();
    await this.#qa('simulator', await this.#startSimulator(), ['node1', ...QA_OF_SIMULATOR]);
    await this.#step('main job, live migration, who tells of jobs', () =>
      this.#jest('ganeti', process.env, []),
    );
  }

  async end() {
    endCommands();
    await this.#supervisor?.stop();
    await this.#removeCluster();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #prepare() {
    if (!canInstall()) throw new Failure('these tests need Debian, and root');
    const qa = process.env.RAPI_QA === undefined ? [] : QA_PACKAGES;
    await installDebianPackages([...GANETI_PACKAGES, ...PACKAGES, ...demoImagePackages, ...qa]);
    await installNpmPackages();
    const { build } = await import('./build.mjs');
    say(`built ${await build()} files`);
    const { ensureDemoImage, findDemoImage } = await import('../images/demo/build.mjs');
    await ensureDemoImage(say);
    process.env.SYNNEFO_DEMO_IMAGE = findDemoImage() ?? '';
  }

  /** @returns environment of those who talk to it */
  async #makeCluster() {
    this.#clusterDir = path.join(this.#dir, 'cluster');
    const args = [CLUSTER_TOOL, 'up', '--dir', this.#clusterDir, '--rapi-port', String(await freePort())];
    const { stdout } = await runOrFail({ what: 'making a cluster', command: process.execPath, args });
    const settings = stdout.matchAll(/^((?:RAPI|GANETI)_[A-Z_]+)=(.+)$/gm);
    return { ...process.env, ...Object.fromEntries([...settings].map(([, name, value]) => [name, value])) };
  }

  async #removeCluster() {
    if (this.#clusterDir === null) return;
    const args = [CLUSTER_TOOL, 'down', '--purge', '--dir', this.#clusterDir];
    this.#clusterDir = null;
    await run({ what: 'removing the cluster', command: process.execPath, args });
  }

  async #startSimulator() {
    const port = await freePort();
    const usersFile = path.join(this.#dir, 'rapi-users');
    writeFileSync(usersFile, `${QA_USER} ${QA_PASSWORD} write\n`, { mode: 0o600 });
    for (const name of ['log', 'run']) mkdirSync(path.join(this.#dir, name), { recursive: true });
    this.#supervisor = new Supervisor({
      logDir: path.join(this.#dir, 'log'),
      runDir: path.join(this.#dir, 'run'),
    });
    await this.#supervisor.start({
      name: 'ganeti-sim',
      group: 'cluster',
      command: process.execPath,
      args: [path.join(root, 'libs', 'ganeti-sim', 'dist', 'src', 'bin', 'ganeti-sim.js')],
      cwd: root,
      env: {
        ...process.env,
        SYNNEFO_SUPERVISED: '1',
        GANETI_SIM_PORT: String(port),
        GANETI_SIM_DIR: path.join(this.#dir, 'sim'),
        GANETI_SIM_USERS_FILE: usersFile,
        GANETI_SIM_QEMU: 'none',
      },
      isReady: hasLoggedReady,
      readyMs: 30_000,
    });
    const url = `http://127.0.0.1:${port}`;
    return { ...process.env, RAPI_URL: url, RAPI_USER: QA_USER, RAPI_PASSWORD: QA_PASSWORD };
  }

  /** Ganeti's own tests. @param wanted a node, then groups of tests; without groups all */
  async #qa(what, env, wanted) {
    const script = process.env.RAPI_QA;
    const name = `Ganeti's own tests, ${what}`;
    if (script === undefined || !existsSync(script)) {
      say(`${name}: skipped, RAPI_QA names no script`);
      this.skipped += 1;
      return;
    }
    const args = [script, env.RAPI_URL, env.RAPI_USER, env.RAPI_PASSWORD, ...wanted];
    await this.#step(name, async () => {
      const result = await run({
        what: name,
        command: '/usr/bin/python3',
        args,
        env: { ...env, QA_OS: 'synnefo+default' },
      });
      print(result.output.trimEnd().split('\n').slice(-1).join('\n'));
      if (result.code !== 0) print(result.output.trimEnd());
      return result.code;
    });
  }

  #jest(project, env, more) {
    const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
    const args = [jest, '--runInBand', '--selectProjects', project, ...more];
    return runInView({ command: process.execPath, args, env, cwd: root });
  }

  async #step(name, fn) {
    say(name);
    const startedAt = performance.now();
    const code = await fn();
    if (code === 0) this.passed += 1;
    else this.failed += 1;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    say(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  }
}

async function main() {
  checkNode();
  const tests = new GanetiTests();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => void tests.end().finally(() => process.exit(1)));
  try {
    await tests.run();
  } catch (error) {
    tests.failed += 1;
    complain(error instanceof Failure ? error.message : (error.stack ?? oneLine(error)));
  }
  await tests.end();
  print(`${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped`);
  process.exit(tests.failed === 0 ? 0 : 1);
}

await main();
