/**
 * A real Ganeti cluster of one to three nodes on this machine, for development and tests. Each node is a set of namespaces in which private files lie
 * over the paths that Ganeti uses: the machine's own configuration is neither read nor changed, and no packet leaves it. See layout.mjs.
 *
 * `up` goes on with what is there: after `stop`, after a crash and after a boot of the machine the configuration and the job queue are as they were.
 * It may be called at any time by one caller at a time.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../dev/failure.mjs';
import { runOrFail } from '../../dev/run.mjs';
import * as gnt from './gnt.mjs';
import { startDetached, endDetached } from './helpers.mjs';
import { BRIDGES, CLUSTER, CLUSTER_ADDRESS, nodesOf, RAPI_PORT, SWITCH_ADDRESS } from './layout.mjs';
import { endNamespaces, findNamespaces, nsenterArgs, startNamespaces } from './namespaces.mjs';
import { clearRun, consoleSockets, makeCertificate, makeNodeFiles, writeRapiUsers } from './node-files.mjs';
import { Rapi } from './rapi.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const SWITCH = 'switch';

export class DevCluster {
  /**
   * @param options.dir everything is kept here
   * @param options.nodes how many, when it is made
   * @param options.rapiPort on 127.0.0.1
   * @param options.rapiUser, options.rapiPassword who may write
   * @param options.reader `{ user, password }` of who may only read
   * @param options.accelerator `kvm` or `tcg`
   * @param options.privateDirs directories of this machine of which each node sees its own, `privateDir(node, dir)`
   * @param options.startHelper how a helper process is started (default: it outlives us)
   * @param options.say told about each step
   * @param options.isStopping whether `up` should give up at its next step
   */
  constructor(options) {
    this.dir = options.dir;
    this.options = {
      privateDirs: [],
      startHelper: null,
      say: () => undefined,
      isStopping: () => false,
      ...options,
    };
    const count = this.#made()?.nodes ?? this.options.nodes ?? 1;
    this.nodes = nodesOf(this.dir, count);
    this.name = CLUSTER;
    this.certificate = this.#file('rapi-cert.pem');
    const { rapiPort: port, rapiUser: user, rapiPassword: password } = this.options;
    this.rapi = new Rapi({ port, user, password, certificate: this.certificate });
  }

  /** Where a node's own ExtStorage providers are. */
  extStorageDir(node) {
    return path.join(node.dir, 'extstorage');
  }

  /** Where a node's hooks are. */
  hooksDir(node) {
    return path.join(node.dir, 'etc', 'hooks');
  }

  /** What a node sees at the private directory `dir`; made when it is missing. */
  privateDir(node, dir) {
    const own = this.#file('private', node.name, path.basename(dir));
    mkdirSync(own, { recursive: true });
    return own;
  }

  /** Ganeti's OS definitions, of all nodes. */
  get osDir() {
    return this.#file('shared', 'os');
  }

  /** What each guest printed: `<instance>.log`. */
  get consoleDir() {
    return this.#file('console');
  }

  /** The first process of a node, null when the node is down. */
  pidOf(node) {
    return findNamespaces(this.#record(node.name));
  }

  /** A command that runs in a node: `[program, ...args]`. */
  commandIn(node, ...command) {
    return ['nsenter', ...nsenterArgs(this.pidOf(node)), ...command];
  }

  /** Whether its nodes run (whoever started them). */
  isRunning() {
    return [...this.nodes.map(({ name }) => name), SWITCH].every(
      (name) => findNamespaces(this.#record(name)) !== null,
    );
  }

  /** Brings it up, or goes on with what is up. Guests are started by `startGuests`. @throws Failure in one line */
  async up() {
    const { say, nodes = this.nodes.length } = this.options;
    const made = this.#made();
    if (made !== null && made.nodes !== nodes)
      throw new Failure(`the cluster in ${this.dir} has ${made.nodes} node(s); down --purge removes it`);
    for (const folder of ['run', 'log', 'bin', 'console']) mkdirSync(this.#file(folder), { recursive: true });
    if (made !== null && this.isRunning()) {
      await this.#startHelpers();
      await this.rapi.waitUntilReady();
    } else {
      await this.stop();
      await (made === null ? this.#make() : this.#continue()).catch(async (error) => {
        await this.kill();
        throw error;
      });
    }
    await this.#fitSettings();
    say(`Ganeti cluster of ${nodes} node(s), RAPI on port ${this.options.rapiPort}`);
  }

  /** Starts the guests that should run and do not, in the background: their volumes must be there. */
  async startGuests() {
    await Promise.all(this.nodes.map((node) => gnt.startWatcher(this.pidOf(node))));
  }

  /** Ends all guests, as a power cut does; Ganeti goes on to think that they should run. */
  async endGuests(timeoutMs) {
    const running = this.nodes.map((node) => this.pidOf(node)).filter((pid) => pid !== null);
    await Promise.all(running.map((pid) => gnt.endGuests(pid, timeoutMs)));
  }

  /** Ends daemons, guests and nodes; configuration, job queue and consoles' logs stay. */
  async stop() {
    await endDetached(this.#file('run'));
    const running = this.nodes.map((node) => this.pidOf(node)).filter((pid) => pid !== null);
    await Promise.all(running.map((pid) => gnt.stopDaemons(pid)));
    await this.endGuests();
    await this.kill();
  }

  /** Ends everything at once. */
  async kill() {
    const names = [...this.nodes.map(({ name }) => name), SWITCH];
    await Promise.all(names.map((name) => endNamespaces(this.#record(name))));
    await endDetached(this.#file('run'));
  }

  /** Stops, and forgets the cluster. */
  async purge() {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #make() {
    const { say, accelerator } = this.options;
    const [master, ...others] = this.nodes;
    const hasSsh = others.length > 0;
    say('making a Ganeti cluster');
    for (const folder of ['nodes', 'shared']) rmSync(this.#file(folder), { recursive: true, force: true });
    makeNodeFiles({ dir: this.dir, nodes: this.nodes });
    await this.#startNodes();
    if (hasSsh) await Promise.all(this.nodes.map((node) => gnt.startSshd(this.pidOf(node))));
    this.#assertWanted();
    await gnt.initCluster(this.pidOf(master), { accelerator, hasSsh });
    makeCertificate({ dir: this.dir, node: master });
    this.#writeUsers([master]);
    await gnt.restartRapi(this.pidOf(master));
    for (const node of others) {
      this.#assertWanted();
      say(`adding ${node.name}`);
      await gnt.addNode(this.pidOf(master), { master, node });
    }
    await this.#startHelpers();
    await this.rapi.waitUntilReady();
    if (others.length === 0) await this.#allowFullNode();
    this.#remember({ nodes: this.nodes.length, accelerator });
  }

  async #continue() {
    await this.#startNodes();
    this.#writeUsers(this.nodes);
    const pids = this.nodes.map((node) => this.pidOf(node));
    if (pids.length > 1) await Promise.all(pids.map((pid) => gnt.startSshd(pid)));
    await Promise.all(pids.map((pid) => gnt.startNoded(pid)));
    await Promise.all(pids.map((pid) => gnt.startDaemons(pid)));
    await this.#startHelpers();
    await this.rapi.waitUntilReady();
  }

  /** What another start of the same cluster may want otherwise. */
  async #fitSettings() {
    const { accelerator } = this.options;
    const made = this.#made();
    if (made.accelerator === accelerator) return;
    await gnt.setAccelerator(this.pidOf(this.nodes[0]), accelerator);
    this.#remember({ ...made, accelerator });
  }

  #writeUsers(nodes) {
    const { rapiUser: user, rapiPassword: password, reader } = this.options;
    const users = [{ user, password, mayWrite: true }, ...(reader === undefined ? [] : [reader])];
    for (const node of nodes) writeRapiUsers(node, users);
  }

  #assertWanted() {
    if (this.options.isStopping()) throw new Failure('stopped');
  }

  /** One node can never stand in for itself: let the allocator place instances all the same. An option without a value needs RAPI. */
  async #allowFullNode() {
    const parameters = { default_iallocator_params: { 'no-capacity-checks': null } };
    await this.rapi.run('gnt-cluster modify', 'PUT', '/2/modify', parameters);
  }

  async #startNodes() {
    await startNamespaces({
      script: path.join(here, 'switch-init.sh'),
      args: [this.#file('run', 'switch.ready'), SWITCH_ADDRESS, ...BRIDGES],
      ready: this.#file('run', 'switch.ready'),
      record: this.#record(SWITCH),
      log: this.#file('log', 'switch.log'),
    });
    const switchPid = findNamespaces(this.#record(SWITCH));
    await Promise.all(this.nodes.map((node) => this.#startNode(node, switchPid)));
  }

  async #startNode(node, switchPid) {
    clearRun(node);
    const own = this.options.privateDirs.flatMap((dir) => [this.privateDir(node, dir), dir]);
    const pid = await startNamespaces({
      script: path.join(here, 'node-init.sh'),
      args: [node.dir, this.#file('shared'), ...own],
      ready: path.join(node.dir, 'ready'),
      record: this.#record(node.name),
      log: this.#file('log', `${node.name}.log`),
    });
    await runOrFail({
      what: `the network of ${node.name}`,
      command: path.join(here, 'wire-node.sh'),
      args: [pid, switchPid, node.number, node.address, ...BRIDGES].map(String),
    });
    this.#writeShell(node, pid);
  }

  /** bin/node1: a command, or a shell, in the node. */
  #writeShell(node, pid) {
    const file = this.#file('bin', node.name);
    const enter = ['nsenter', ...nsenterArgs(pid)].join(' ');
    writeFileSync(
      file,
      `#!/bin/sh\n[ $# -gt 0 ] || set -- bash\nexport PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8\nexec ${enter} "$@"\n`,
    );
    chmodSync(file, 0o755);
  }

  async #startHelpers() {
    this.#assertWanted();
    const start =
      this.options.startHelper ??
      ((helper) => startDetached(helper, { runDir: this.#file('run'), logDir: this.#file('log') }));
    for (const helper of this.#helpers()) await start(helper);
  }

  #helpers() {
    const switchPid = findNamespaces(this.#record(SWITCH));
    const to = `${CLUSTER_ADDRESS}:${RAPI_PORT}`;
    const sockets = this.nodes.map(consoleSockets);
    return [
      {
        name: 'ganeti-door',
        args: [
          path.join(here, 'door.mjs'),
          '--port',
          String(this.options.rapiPort),
          '--enter',
          String(switchPid),
          '--to',
          to,
        ],
      },
      {
        name: 'ganeti-consoles',
        args: [path.join(here, 'console-log.mjs'), '--out', this.consoleDir, ...sockets],
      },
    ];
  }

  /** The record of a complete cluster, or null. */
  #made() {
    const file = path.join(this.dir, 'cluster.json');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  }

  #remember(facts) {
    writeFileSync(this.#file('cluster.json'), `${JSON.stringify(facts)}\n`);
  }

  #record(name) {
    return this.#file('run', `${name}.json`);
  }

  #file(...names) {
    return path.join(this.dir, ...names);
  }
}
