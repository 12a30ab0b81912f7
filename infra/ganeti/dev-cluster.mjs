/**
 * node infra/ganeti/dev-cluster.mjs up|stop|down [options]
 *
 * A real Ganeti cluster on this machine (Debian, root), see dev-cluster/. `npm start -- --ganeti real` brings one up by itself.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Failure } from '../dev/failure.mjs';
import { installDebianPackages } from '../dev/packages.mjs';
import { complain, print, say } from '../dev/screen.mjs';
import { DevCluster } from './dev-cluster/dev-cluster.mjs';
import { installOs, installProvider } from './install-provider.mjs';
import { assertPossible, GANETI_PACKAGES } from './dev-cluster/packages.mjs';

const HELP = `Usage: node infra/ganeti/dev-cluster.mjs up|stop|down [options]

  up                   makes the cluster, or goes on with it; prints how to reach it
  stop                 ends it; configuration and job queue stay
  down --purge         ends it and removes its files

  --dir DIR            where everything is kept (default .synnefo/ganeti)
  --nodes N            1 to 3 nodes, when it is made (default 1)
  --rapi-port N        RAPI's port on 127.0.0.1 (default 5080)
  --user NAME          RAPI user with the right "write" (default synnefo)
  --accelerator HOW    kvm or tcg (default tcg: emulation, works everywhere)
  --private-dir DIR    a directory of which each node sees its own; may be repeated
  --control URL        also install the ExtStorage provider, for the archipelagod with this control socket
`;

const options = {
  dir: { type: 'string', default: '.synnefo/ganeti' },
  nodes: { type: 'string' },
  'rapi-port': { type: 'string', default: '5080' },
  user: { type: 'string', default: 'synnefo' },
  accelerator: { type: 'string', default: 'tcg' },
  'private-dir': { type: 'string', multiple: true, default: [] },
  control: { type: 'string' },
  purge: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

/** May only read. */
const READER = 'viewer';

async function main() {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) return print(HELP);
  const verb = verbOf(positionals, values);
  const dir = path.resolve(values.dir);
  if (verb !== 'up' && !existsSync(dir)) return say('there is no cluster');
  const cluster = new DevCluster({
    dir,
    nodes: nodesOf(values),
    say,
    accelerator: values.accelerator,
    privateDirs: values['private-dir'].map((one) => path.resolve(one)),
    rapiPort: Number(values['rapi-port']),
    rapiUser: values.user,
    rapiPassword: passwordIn(dir, 'rapi-password'),
    reader: { user: READER, password: passwordIn(dir, 'rapi-reader-password') },
  });
  if (verb === 'up') await up(cluster, values);
  else await (verb === 'stop' ? cluster.stop() : cluster.purge());
}

function verbOf([verb, ...rest], { purge }) {
  if (!['up', 'stop', 'down'].includes(verb) || rest.length > 0)
    throw new Failure('up, stop or down is needed; --help tells more');
  if (verb === 'down' && !purge)
    throw new Failure('down removes the cluster: down --purge says that you mean it');
  return verb;
}

function nodesOf({ nodes }) {
  if (nodes !== undefined && !['1', '2', '3'].includes(nodes))
    throw new Failure(`--nodes takes 1, 2 or 3, not ${nodes}`);
  return nodes === undefined ? undefined : Number(nodes);
}

async function up(cluster, values) {
  assertPossible();
  await installDebianPackages(GANETI_PACKAGES);
  await cluster.up();
  await installOs({ dir: cluster.osDir });
  if (values.control !== undefined)
    for (const node of cluster.nodes)
      await installProvider({ dir: cluster.extStorageDir(node), control: values.control });
  await cluster.startGuests();
  print(`RAPI_URL=https://127.0.0.1:${values['rapi-port']}
RAPI_USER=${values.user}
RAPI_PASSWORD=${passwordIn(cluster.dir, 'rapi-password')}
RAPI_RO_USER=${READER}
RAPI_RO_PASSWORD=${passwordIn(cluster.dir, 'rapi-reader-password')}
RAPI_CERT=${cluster.certificate}
GANETI_NODE_SHELL=${path.join(cluster.dir, 'bin', cluster.nodes[0].name)}`);
}

/** Made once. */
function passwordIn(dir, name) {
  const file = path.join(dir, name);
  if (!existsSync(file)) {
    mkdirSync(dir, { recursive: true });
    writeFileSync(file, randomBytes(18).toString('base64url'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8').trim();
}

main().catch((error) => {
  complain(error instanceof Failure ? error.message : error.stack);
  process.exitCode = 1;
});
