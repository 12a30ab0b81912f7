/**
 * A real Ganeti cluster on this machine (infra/ganeti/dev-cluster), with archipelagod below it.
 *
 * Volumes' sockets lie in one directory that nodes see at the same path. One node uses it as it is; several have a private directory there each, and
 * an archipelagod each which sees the same: two of them cannot bind one path.
 */
import os from 'node:os';
import path from 'node:path';
import { DevCluster } from '../ganeti/dev-cluster/dev-cluster.mjs';
import { assertPossible, GANETI_PACKAGES } from '../ganeti/dev-cluster/packages.mjs';
import { installOs, installProvider } from '../ganeti/install-provider.mjs';
import { secretOf } from './data-dir.mjs';
import { Failure } from './failure.mjs';
import { callbackSecretFile, callbackSocket, startUpdates } from './ganeti-updates.mjs';
import { ARCHIPELAGOD, GANETI_USER, startProcess } from './processes.mjs';
import { root } from './root.mjs';
import { say } from './screen.mjs';
import { hasLoggedReady } from './supervise.mjs';

/** What a node has of its own there; nothing that it shares with this machine may lie below. */
const HIDDEN_IN_NODES = [
  '/run',
  '/srv',
  '/var/run',
  '/var/lib/ganeti',
  '/var/log/ganeti',
  '/etc',
  '/root/.ssh',
];

export class RealGaneti {
  kind = 'real';
  needsInstall = true;
  packages = GANETI_PACKAGES;
  processes = [];
  #starting = null;
  #hasStopped = false;

  constructor(cloud) {
    const { data, options, ports, supervisor } = cloud;
    this.cloud = cloud;
    this.nbdDir = data.outer('nbd');
    const count = options.nodes === undefined ? undefined : Number(options.nodes);
    this.clusterOptions = {
      dir: data.file('ganeti'),
      nodes: count,
      rapiPort: ports.rapi,
      rapiUser: GANETI_USER,
      rapiPassword: secretOf(data, 'rapi'),
      startHelper: (helper) => startHelper(supervisor, helper),
      say,
      isStopping: () => supervisor.isStopping,
    };
    this.cluster = this.#cluster('tcg');
    this.backend = {
      name: 'dev-cluster',
      url: `https://127.0.0.1:${ports.rapi}`,
      options: [
        ...['--ca-file', this.cluster.certificate],
        ...['--callback-secret-file', callbackSecretFile(data)],
      ],
    };
  }

  /** @throws Failure in one line where a real cluster cannot be */
  assertPossible() {
    const { data, options } = this.cloud;
    assertPossible();
    if (options.qemu === 'none') throw new Failure('--qemu none is for --ganeti sim');
    for (const place of [data.path, this.nbdDir, root, process.execPath]) {
      const hidden = HIDDEN_IN_NODES.find((dir) => place.startsWith(`${dir}/`));
      if (hidden !== undefined)
        throw new Failure(`nodes of Ganeti do not see ${place}: they have their own ${hidden}`);
    }
  }

  start() {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start() {
    const { qemu } = this.cloud;
    this.cluster = this.#cluster(qemu === 'kvm' ? 'kvm' : 'tcg');
    await this.#startStorage();
    // guests that were left running have seen their disks fail
    await this.cluster.endGuests();
    await this.cluster.up();
    for (const node of this.cluster.nodes)
      await installProvider({ dir: this.cluster.extStorageDir(node), control: this.#controlOf(node) });
    await installOs({ dir: this.cluster.osDir });
    const { data, supervisor, envs } = this.cloud;
    envs.cyclades.CYCLADES_CALLBACK_SOCKET = callbackSocket(data);
    await startUpdates({ data, supervisor, cluster: this.cluster, clusterName: this.backend.name });
  }

  startGuests() {
    return this.cluster.startGuests();
  }

  /** Storage still runs. */
  async stop() {
    if (this.#hasStopped) return;
    this.#hasStopped = true;
    await this.#starting?.catch(() => undefined);
    await this.cluster.stop();
  }

  kill() {
    return this.cluster.kill();
  }

  describe() {
    const { nodes, dir } = this.cluster;
    return `run on a real Ganeti cluster of ${nodes.length} node(s), in QEMU (${this.cluster.options.accelerator}); consoles in ${this.cluster.consoleDir}
              ${path.join(dir, 'bin', nodes[0].name)} gnt-instance list`;
  }

  #cluster(accelerator) {
    const cluster = new DevCluster({ ...this.clusterOptions, accelerator });
    if (cluster.nodes.length === 1) return cluster;
    return new DevCluster({ ...this.clusterOptions, accelerator, privateDirs: [this.nbdDir] });
  }

  async #startStorage() {
    const { supervisor, envs } = this.cloud;
    const { nodes } = this.cluster;
    if (nodes.length === 1) return startProcess(supervisor, ARCHIPELAGOD, envs);
    for (const node of nodes) await startProcess(supervisor, this.#archipelagodOf(node), envs);
  }

  /** In a mount namespace of its own, where the directory of the sockets is the node's. */
  #archipelagodOf(node) {
    const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
    return {
      ...ARCHIPELAGOD,
      name: `archipelagod-${node.name}`,
      wrap: [
        ...['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', script, 'sh'],
        ...[this.cluster.privateDir(node, this.nbdDir), this.nbdDir],
      ],
      env: {
        ...this.cloud.envs.archipelagod,
        ARCHIPELAGO_CONTROL: this.#controlOf(node),
        SYNNEFO_NODE: this.#leaseName(node),
      },
    };
  }

  /** The first node goes by this machine's name, as the services do: what one left open the other takes over. */
  #leaseName({ number, name }) {
    const machine = this.cloud.envs.archipelagod.SYNNEFO_NODE ?? os.hostname();
    return number === 1 ? machine : `${machine}-${name}`;
  }

  #controlOf({ number, name }) {
    if (number === 1) return this.cloud.envs.archipelagod.ARCHIPELAGO_CONTROL;
    return `unix:${path.join(this.cloud.data.outer('control', name), 'archipelago.sock')}`;
  }
}

function startHelper(supervisor, { name, args }) {
  return supervisor.start({
    ...{ name, group: 'cluster', command: process.execPath, args, isReady: hasLoggedReady },
    env: { PATH: process.env.PATH, SYNNEFO_SUPERVISED: '1' },
  });
}
