/**
 * Names, addresses and places of the development cluster.
 *
 *   cluster.json     what the cluster was made with; written when it is complete
 *   rapi-cert.pem    RAPI's certificate, also good for 127.0.0.1
 *   nodes/node1/     private files of a node: etc lib log run ssh root-ssh file-storage extstorage hosts hostname default
 *   private/node1/   what a node sees at private directories
 *   shared/          /srv/ganeti of all nodes: os, shared-file-storage
 *   console/         what each guest printed on its serial console, <instance>.log
 *   run/             the processes that hold the namespaces, and the helpers
 *   log/             what these processes and the set-up printed
 *   bin/             node1 [COMMAND...]: a command, or a shell, in a node
 *
 * The addresses exist in the namespaces only; nothing leads out of them.
 */
import path from 'node:path';

const NET = '10.255.78';
export const DOMAIN = 'synnefo.test';
export const CLUSTER = `cluster.${DOMAIN}`;
export const CLUSTER_ADDRESS = `${NET}.10`;
export const SWITCH_ADDRESS = `${NET}.1`;
export const RAPI_PORT = 5080;

/** What instances are plugged into: the public network, private ones by MAC filter (prv0), private ones with a bridge each. */
export const BRIDGES = ['br0', 'prv0', 'prv1', 'prv2', 'prv3'];

/** @returns the nodes of a cluster, the first master first */
export function nodesOf(dir, count) {
  return Array.from({ length: count }, (_, i) => {
    const name = `node${i + 1}`;
    return {
      number: i + 1,
      name,
      fqdn: `${name}.${DOMAIN}`,
      address: `${NET}.${11 + i}`,
      dir: path.join(dir, 'nodes', name),
    };
  });
}

/** /etc/hosts of every node. */
export function hostsFile(nodes) {
  const lines = nodes.map(({ address, fqdn, name }) => `${address} ${fqdn} ${name}`);
  return ['127.0.0.1 localhost', `${CLUSTER_ADDRESS} ${CLUSTER} cluster`, ...lines, ...qaNames(), ''].join(
    '\n',
  );
}

/** Names of instances in Ganeti's own tests, which leave the name check on; nothing answers there. */
function qaNames() {
  return ['qa-inst1', 'qa-inst2', 'qa-inst3', 'qa-renamed'].map(
    (name, i) => `${NET}.${101 + i} ${name}.gnt.test`,
  );
}
