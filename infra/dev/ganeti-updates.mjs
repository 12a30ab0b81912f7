// What tells Cyclades of the jobs of the real cluster, as an operator installs it: hooks and the event forwarder on each node that may become master.
// Nodes have no way to this machine's network, but they see the socket on which Cyclades takes their messages.
import path from 'node:path';
import { installHooks } from '../ganeti/install-updates.mjs';
import { secretFileOf } from './data-dir.mjs';
import { writePrivate } from './private-file.mjs';
import { root } from './root.mjs';
import { hasLoggedReady } from './supervise.mjs';

const FORWARDER = path.join(root, 'infra', 'ganeti', 'forwarder', 'main.mjs');

/** Where Cyclades takes messages of nodes. */
export const callbackSocket = (data) => path.join(data.outer('control'), 'cyclades.sock');

/** The file with the secret that messages carry. */
export const callbackSecretFile = (data) => secretFileOf(data, 'ganeti-callback');

/** Installs the hooks on all nodes and starts a forwarder on each; what Cyclades cannot take yet they keep. */
export async function startUpdates({ data, supervisor, cluster, clusterName }) {
  for (const node of cluster.nodes) {
    const configFile = writeConfig({ data, node, clusterName });
    await installHooks({ hooksDir: cluster.hooksDir(node), configFile });
    await startForwarder({ supervisor, node, cluster, configFile });
  }
}

function writeConfig({ data, node, clusterName }) {
  const dir = data.folder('ganeti-updates', node.name);
  const file = path.join(dir, 'config.json');
  const config = {
    cluster: clusterName,
    socket: callbackSocket(data),
    secretFile: callbackSecretFile(data),
    spoolDir: path.join(dir, 'spool'),
  };
  writePrivate(file, `${JSON.stringify(config, null, 2)}\n`);
  return file;
}

/** In the node's namespaces except that of its processes, so that its pid is known here; a later start takes it over or ends it. */
function startForwarder({ supervisor, node, cluster, configFile }) {
  const spaces = ['--target', String(cluster.pidOf(node)), '--mount', '--uts', '--net', '--root', '--wd=/'];
  const args = [...spaces, '--', process.execPath, FORWARDER, '--config', configFile];
  return supervisor.start({
    ...{ name: `ganeti-forwarder-${node.name}`, group: 'cluster', command: 'nsenter', args },
    ...{ outlives: true, facts: { args }, isReady: hasLoggedReady },
    env: { PATH: process.env.PATH },
  });
}
