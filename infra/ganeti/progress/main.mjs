// Monitor of an instance's installation: what the image scripts write to its standard input (JSON values one after another, not lines) goes to
// Cyclades with the instance's name and the time (ganeti spec 7), and, a line each, to standard output, where Ganeti's OS log keeps it.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CONFIG_HELP, readConfig } from '../callback/config.mjs';
import { createLog } from '../callback/log.mjs';
import { encode } from '../callback/post.mjs';
import { Sender } from '../callback/sender.mjs';
import { Spool } from '../callback/spool.mjs';
import { JsonValues } from './json-values.mjs';

/** After the end of its input: what Cyclades has not taken by then is lost, for the installation must not wait. */
const LAST_MS = 5_000;

const HELP = `Usage: node infra/ganeti/progress/main.mjs --config FILE --instance NAME < PIPE

Tells Cyclades how the installation of an instance goes.

${CONFIG_HELP}`;

function now() {
  const ms = Date.now();
  return [Math.floor(ms / 1000), (ms % 1000) * 1000];
}

async function main() {
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      instance: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  if (values.config === undefined || values.instance === undefined)
    throw new Error(`--config and --instance are needed\n\n${HELP}`);
  const config = await readConfig(values.config);
  const log = createLog('snf-progress', (line) => void process.stderr.write(line));
  const stop = new AbortController();
  const dir = path.join(config.spoolDir, 'progress', String(process.pid));
  const spool = new Spool({ dir, limitBytes: config.spoolLimitBytes, log });
  await spool.load();
  const sender = new Sender({ config, spool, log, signal: stop.signal });
  let sending = Promise.resolve();
  const parser = new JsonValues();
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    for (const value of parser.push(chunk)) {
      process.stdout.write(`${JSON.stringify(value)}\n`);
      await spool.append(encode({ ...value, instance: values.instance, event_time: now() }));
    }
    sending = sending.then(() => sender.drain());
  }
  const timer = setTimeout(() => stop.abort(), LAST_MS);
  await sending.then(() => sender.drain());
  clearTimeout(timer);
  await spool.clear();
}

main().catch((error) => {
  process.stderr.write(`snf-progress: ${error.message}\n`);
  process.exitCode = 1;
});
