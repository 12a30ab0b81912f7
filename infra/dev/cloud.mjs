// The steps of a start, and of an end.
import { rmSync } from 'node:fs';
import { demoImagePackages } from '../images/demo/packages.mjs';
import { findAccelerator } from './kvm-probe.mjs';
import { canInstall, installDebianPackages, installNpmPackages } from './packages.mjs';
import { assertFreePorts, portsFrom } from './ports.mjs';
import { ensureDatabases, providePostgres } from './postgres.mjs';
import { environments, startProcesses, urlsFrom } from './processes.mjs';
import { RealGaneti } from './real-ganeti.mjs';
import { assertQueuesPossible, provideQueues } from './redis.mjs';
import { SimulatedGaneti } from './simulated-ganeti.mjs';
import { Failure } from './failure.mjs';
import { say } from './screen.mjs';
import { assertSettings, assertSettingsOf } from './settings.mjs';
import { Supervisor } from './supervise.mjs';

const WISHED_PACKAGES = ['redis-server', 'qemu-system-x86', 'qemu-utils'];

export class Cloud {
  constructor(options, data) {
    this.options = options;
    this.data = data;
    this.ports = portsFrom(options.portBase);
    this.urls = urlsFrom(this.ports);
    this.settingsDir = data.file('settings');
    this.supervisor = new Supervisor({
      logDir: data.file('log'),
      runDir: data.file('run'),
      settingsDir: this.settingsDir,
    });
    const Ganeti = whichGaneti(options, data) === 'real' ? RealGaneti : SimulatedGaneti;
    this.ganeti = new Ganeti(this);
  }

  /** Brings everything up; what exists already stays as it is. @throws Failure in one line */
  async start() {
    const { options, data, ports, supervisor } = this;
    this.ganeti.assertPossible();
    assertSettings(this.settingsDir);
    data.state.ganeti = this.ganeti.kind;
    data.save();
    await assertFreePorts(options.portBase);
    if (options.install || this.ganeti.needsInstall) await this.#installSystemPackages();
    await assertQueuesPossible(options.queues);
    await installNpmPackages();
    await build();
    const accelerator = findAccelerator(data, options.qemu);
    accelerator.catch(() => undefined);
    const databaseUrl = await providePostgres({
      data,
      supervisor,
      port: ports.postgres,
      which: options.postgres,
    });
    await ensureDatabases(databaseUrl);
    const busUrl = await provideQueues({
      data,
      supervisor,
      port: ports.redis,
      queues: options.queues,
      postgresUrl: databaseUrl('synnefo_bus'),
    });
    this.qemu = await accelerator;
    this.envs = environments({ data, ports, databaseUrl, busUrl, qemu: this.qemu, options });
    await this.ganeti.start();
    say(
      `starting ${['Astakos, Pithos, Cyclades', ...this.ganeti.processes.map(({ name }) => name)].join(', ')}`,
    );
    await startProcesses(supervisor, this.envs, this.ganeti.processes);
    assertSettingsOf(this.settingsDir, supervisor.names);
    const { seed } = await import('./seed.mjs');
    await seed(this);
    await this.ganeti.startGuests();
    const { writeCredentials } = await import('./credentials.mjs');
    writeCredentials(this);
    const { showReady } = await import('./ready.mjs');
    showReady(this);
    if (options.watch) {
      const { watchSources } = await import('./watch.mjs');
      watchSources(supervisor);
    }
  }

  async stop() {
    // guests write back what they hold, so storage ends after them
    await this.supervisor.stop(async (group) => {
      if (group === 'cluster') await this.ganeti.stop();
    });
    await this.ganeti.stop();
  }

  /** Ends everything at once. */
  async kill() {
    this.supervisor.kill();
    await this.ganeti.kill();
    this.data.release();
    rmSync(this.data.file('clouds.yaml'), { force: true });
  }

  async #installSystemPackages() {
    if (!canInstall()) throw new Failure('--install works on Debian, as root');
    await installDebianPackages([...WISHED_PACKAGES, ...demoImagePackages, ...this.ganeti.packages]);
    const { ensureDemoImage } = await import('../images/demo/build.mjs');
    await ensureDemoImage(say);
  }
}

/** A data directory stays with the kind of cluster that its servers are on. */
function whichGaneti({ ganeti }, data) {
  const kept = data.state.ganeti ?? (data.state.seeded === undefined ? undefined : 'sim');
  if (kept !== undefined && ganeti !== undefined && kept !== ganeti)
    throw new Failure(`${data.path} began with --ganeti ${kept}; --data takes another directory`);
  return kept ?? ganeti ?? 'sim';
}

async function build() {
  const { build: compile } = await import('./build.mjs');
  const startedAt = Date.now();
  const compiled = await compile();
  if (compiled > 0) say(`built ${compiled} files in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}
