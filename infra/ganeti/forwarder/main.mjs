// Entry of the event forwarder, a service on every node that may become master of a Ganeti cluster.
import { parseArgs } from 'node:util';
import { CONFIG_HELP, readConfig } from '../callback/config.mjs';
import { createLog } from '../callback/log.mjs';
import { Forwarder } from './forwarder.mjs';

const HELP = `Usage: node infra/ganeti/forwarder/main.mjs --config FILE

Watches Ganeti's job queue and tells Cyclades the states of its jobs. Runs until SIGTERM; logs JSON lines.

${CONFIG_HELP}`;

async function main() {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return void process.stdout.write(HELP);
  if (values.config === undefined) throw new Error(`--config is needed\n\n${HELP}`);
  const config = await readConfig(values.config);
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => stop.abort());
  await new Forwarder(config, createLog('snf-ganeti-forwarder')).run(stop.signal);
}

main().catch((error) => {
  process.stderr.write(`snf-ganeti-forwarder: ${error.message}\n`);
  process.exitCode = 1;
});
