// The steps of a start, and of an end.
import { rmSync } from 'node:fs';
import { demoImagePackages } from '../images/demo/packages.mjs';
import { installOs, installProvider } from '../ganeti/install-provider.mjs';
import { endGuests } from './guests.mjs';
import { findAccelerator } from './kvm-probe.mjs';
import { canInstall, installDebianPackages, installNpmPackages } from './packages.mjs';
import { assertFreePorts, portsFrom } from './ports.mjs';
import { ensureDatabases, providePostgres } from './postgres.mjs';
import { environments, startProcesses, urlsFrom } from './processes.mjs';
import { provideQueues } from './redis.mjs';
import { Failure } from './failure.mjs';
import { say } from './screen.mjs';
import { Supervisor } from './supervise.mjs';

const WISHED_PACKAGES = ['redis-server', 'qemu-system-x86', 'qemu-utils'];

export class Cloud {
  constructor(options, data) {
    this.options = options;
    this.data = data;
    this.ports = portsFrom(options.portBase);
    this.urls = urlsFrom(this.ports);
    this.supervisor = new Supervisor({ logDir: data.file('log'), runDir: data.file('run') });
  }

  /** Brings everything up; what exists already stays as it is. @throws Failure in one line */
  async start() {
    const { options, data, ports, supervisor } = this;
    await assertFreePorts(options.portBase);
    if (options.install) await this.#installSystemPackages();
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
    say(
      this.qemu === 'none'
        ? 'no QEMU: servers are simulated as state only'
        : `servers run in QEMU (${this.qemu})`,
    );
    this.envs = environments({ data, ports, databaseUrl, busUrl, qemu: this.qemu, options });
    await this.#installProvider();
    say('starting Astakos, Pithos, Cyclades, archipelagod and the simulated Ganeti cluster');
    await startProcesses(supervisor, this.envs);
    const { seed } = await import('./seed.mjs');
    await seed(this);
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
    await this.supervisor.stop(async (group) => {
      if (group === 'cluster') await endGuests(this.data);
    });
  }

  /** Ends everything at once. */
  async kill() {
    this.supervisor.kill();
    await endGuests(this.data, 0);
    this.data.release();
    rmSync(this.data.file('clouds.yaml'), { force: true });
  }

  async #installSystemPackages() {
    if (!canInstall()) throw new Failure('--install works on Debian, as root');
    await installDebianPackages([...WISHED_PACKAGES, ...demoImagePackages]);
    const { ensureDemoImage } = await import('../images/demo/build.mjs');
    await ensureDemoImage(say);
  }

  async #installProvider() {
    const dir = this.data.folder('ganeti-sim', 'extstorage');
    await installProvider({ dir, control: this.envs.archipelagod.ARCHIPELAGO_CONTROL });
    await installOs({ dir: this.data.folder('ganeti-sim', 'os') });
  }
}

async function build() {
  const { build: compile } = await import('./build.mjs');
  const startedAt = Date.now();
  const compiled = await compile();
  if (compiled > 0) say(`built ${compiled} files in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}
