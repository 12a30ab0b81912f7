import { existsSync } from 'node:fs';
import path from 'node:path';
import { quoted } from './run.mjs';
import { print, say } from './screen.mjs';

/** The last screen of a start: addresses, logins, what to try. */
export function showReady({ data, urls, logins, ganeti }) {
  say('ready');
  const users = logins.map(
    ({ cloud, email, password }) => `  ${cloud.padEnd(11)} ${email.padEnd(20)} ${password}`,
  );
  print(`
  Synnefo is running. Ctrl-C ends it; the next start continues with the same data.

  identity    ${urls.auth}
  compute     ${urls.cyclades}
  files       ${urls.pithos}   (Swift: ${urls.swift})
  servers     ${ganeti.describe()}
  data        ${data.path}   (logs in log/, admin commands: bin/snf-manage)${placeOfDatabase(data)}

  cloud       user                 password
${users.join('\n')}

  Try:
    export OS_CLIENT_CONFIG_FILE=${quoted(data.file('clouds.yaml'))} OS_CLOUD=demo
    openstack image list && openstack flavor list
    openstack server create --wait --image "$(openstack image list -f value -c ID | head -n 1)" --flavor "$(openstack flavor list -f value -c ID | head -n 1)" first
`);
}

/** Only where it is not in the data directory. */
function placeOfDatabase({ path: dataDir, state }) {
  const cluster = path.join(state.outerDir, 'pg');
  if (state.outerDir === dataDir || process.env.DATABASE_URL || !existsSync(cluster)) return '';
  return `\n  database    ${cluster}`;
}
