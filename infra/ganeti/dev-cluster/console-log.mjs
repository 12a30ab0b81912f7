/**
 * console-log.mjs --out DIR SOCKET_DIR...
 *
 * Keeps what guests print on their serial consoles: OUT/<instance>.log. QEMU's console socket (SOCKET_DIR/<instance>.serial) keeps nothing and
 * serves one client, so each is connected to as soon as it is there, and again after each start of its guest. What is written to the FIFO
 * OUT/<instance>.in is typed there; of a guest that is about to move, on the node that it came to last.
 */
import { spawnSync } from 'node:child_process';
import {
  constants,
  createWriteStream,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  watch,
} from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';

const ENDING = '.serial';
/** A socket is bound, and seen, a moment before it listens; one whose guest has ended stays, and refuses. */
const RETRY_MS = 30;
const RETRIES = 50;
/** For what a watch may miss. */
const LOOK_AGAIN_MS = 2_000;
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;

const connected = new Set();
/** Instance → its consoles; the last takes what is typed. */
const keyboards = new Map();

function main() {
  const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true });
  mkdirSync(values.out, { recursive: true });
  for (const dir of positionals) follow(dir, values.out);
  process.stdout.write(`${JSON.stringify({ msg: 'ready', dirs: positionals })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));
  if (process.env.SYNNEFO_SUPERVISED === '1')
    process.stdin
      .on('end', () => process.exit(0))
      .on('error', () => process.exit(0))
      .resume();
}

function follow(dir, out) {
  // a socket's path has 107 bytes at most: it is named through an open directory
  const short = `/proc/self/fd/${openSync(dir, 'r')}`;
  const look = () => {
    for (const name of readdirSync(dir)) if (name.endsWith(ENDING)) listen({ dir, short, name, out });
  };
  watch(dir, look);
  setInterval(look, LOOK_AGAIN_MS);
  look();
}

function listen(place, retries = RETRIES) {
  const { dir, short, name, out } = place;
  const key = path.join(dir, name);
  const instance = name.slice(0, -ENDING.length);
  if (connected.has(key)) return;
  connected.add(key);
  const socket = net.connect(path.join(short, name));
  let log = null;
  socket.on('connect', () => {
    log = openLog(path.join(out, `${instance}.log`));
    socket.pipe(log);
    consolesOf(instance, out).add(socket);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    connected.delete(key);
    keyboards.get(instance)?.delete(socket);
    log?.end();
    if (log === null && retries > 0) setTimeout(() => exists(key) && listen(place, retries - 1), RETRY_MS);
  });
}

/** The FIFO is opened once, and for writing too: so it does not end with its first writer. */
function consolesOf(instance, out) {
  const known = keyboards.get(instance);
  if (known !== undefined) return known;
  const consoles = new Set();
  keyboards.set(instance, consoles);
  const fifo = path.join(out, `${instance}.in`);
  if (!exists(fifo)) spawnSync('mkfifo', ['-m', '600', fifo]);
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const keyboard = new net.Socket({ fd, readable: true, writable: false });
  keyboard.on('data', (typed) => [...consoles].at(-1)?.write(typed));
  return consoles;
}

function openLog(file) {
  if (exists(file) && statSync(file).size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  return createWriteStream(file, { flags: 'a', mode: 0o600 });
}

function exists(file) {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

main();
