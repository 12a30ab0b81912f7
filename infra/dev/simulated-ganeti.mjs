// The cluster that every machine can run: our simulator, which runs servers in QEMU when that is there.
import { installOs, installProvider } from '../ganeti/install-provider.mjs';
import { endGuests } from './guests.mjs';
import { ARCHIPELAGOD, GANETI_SIM } from './processes.mjs';
import { say } from './screen.mjs';

export class SimulatedGaneti {
  kind = 'sim';
  needsInstall = false;
  packages = [];
  processes = [ARCHIPELAGOD, GANETI_SIM];

  constructor(cloud) {
    this.cloud = cloud;
    this.backend = { name: 'demo', url: cloud.urls.rapi };
  }

  assertPossible() {}

  async start() {
    const { data, envs, qemu } = this.cloud;
    say(qemu === 'none' ? 'no QEMU: servers are simulated as state only' : `servers run in QEMU (${qemu})`);
    const dir = data.folder('ganeti-sim', 'extstorage');
    await installProvider({ dir, control: envs.archipelagod.ARCHIPELAGO_CONTROL });
    await installOs({ dir: data.folder('ganeti-sim', 'os') });
  }

  /** The simulator has started those that should run. */
  async startGuests() {}

  stop() {
    return endGuests(this.cloud.data);
  }

  kill() {
    return endGuests(this.cloud.data, 0);
  }

  describe() {
    const { qemu } = this.cloud;
    return qemu === 'none' ? 'state only, since there is no QEMU' : `run in QEMU (${qemu})`;
  }
}
