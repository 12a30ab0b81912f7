/**
 * door.mjs --port PORT --enter PID --to ADDRESS:PORT
 *
 * The cluster's way in: listens on this machine's 127.0.0.1 and connects from inside the network namespace of PID. A process has one network
 * namespace, but a socket stays in the one where it was made; so this process makes the listening socket and hands it to a child, which
 * accepts and connects in there. Ends with its child, the child with it.
 */
import { spawn } from 'node:child_process';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { port: { type: 'string' }, enter: { type: 'string' }, to: { type: 'string' } },
});

function main() {
  const server = net.createServer((early) => early.destroy());
  server.once('error', (error) => fail(`127.0.0.1:${values.port}: ${error.code ?? error.message}`));
  server.listen(Number(values.port), '127.0.0.1', () => {
    const script = [fileURLToPath(import.meta.url), '--to', values.to];
    const args = ['--target', values.enter, '--net', '--', process.execPath, ...script];
    const child = spawn('nsenter', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`ended (${signal ?? code})`));
    child.once('message', () =>
      process.stdout.write(`${JSON.stringify({ msg: 'ready', port: values.port })}\n`),
    );
    child.send('listen', server, () => server.close());
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));
    if (process.env.SYNNEFO_SUPERVISED === '1')
      process.stdin
        .on('end', () => process.exit(0))
        .on('error', () => process.exit(0))
        .resume();
  });
}

function fail(why) {
  process.stderr.write(`door: ${why}\n`);
  process.exit(1);
}

/** The child: in the namespace from its beginning. */
function serve() {
  const at = values.to.lastIndexOf(':');
  const target = { host: values.to.slice(0, at), port: Number(values.to.slice(at + 1)), allowHalfOpen: true };
  process.once('disconnect', () => process.exit(0));
  process.once('message', (_, server) => {
    server.on('connection', (outside) => connect(outside, target));
    process.send('listening');
  });
}

function connect(outside, target) {
  const inside = net.connect(target);
  outside.allowHalfOpen = true;
  for (const [one, other] of [
    [outside, inside],
    [inside, outside],
  ]) {
    one.setNoDelay(true);
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroySoon());
  }
  inside.once('connect', () => outside.pipe(inside).pipe(outside));
}

if (process.send === undefined) main();
else serve();
