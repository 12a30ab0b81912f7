// Which accelerator QEMU can use here. /dev/kvm may open, its guests run the BIOS, and a kernel still hang; so the demo guest must greet.
import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { findDemoImage } from '../images/demo/build.mjs';
import { endGroup, endWithCommands, findExecutable, outputOf } from './run.mjs';

const PROBE_MS = 10_000;
export const QEMU = 'qemu-system-x86_64';

const GREETING = 'SYNNEFO-DEMO ready';

/**
 * @param data the data directory: the result is kept in it, for this boot of the machine and this QEMU
 * @returns {Promise<'kvm'|'tcg'|'none'>}
 */
export async function findAccelerator(data, wanted) {
  if (wanted !== 'auto') return wanted;
  const qemu = findExecutable(QEMU);
  if (qemu === null) return 'none';
  const about = `${bootId()} ${outputOf(qemu, ['--version'])?.split('\n')[0]}`;
  if (data.state.accelerator?.about === about) return data.state.accelerator.is;
  const image = findDemoImage();
  if (image === null) return 'tcg'; // nothing to try it with, and nothing that would boot
  const is = (await kvmBoots(image, qemu)) ? 'kvm' : 'tcg';
  data.state.accelerator = { about, is };
  data.save();
  return is;
}

function bootId() {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown boot';
  }
}

async function kvmBoots(image, qemu) {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return false;
  }
  const drive = `file=${image},format=raw,if=virtio,snapshot=on`;
  const args = [
    '-accel',
    'kvm',
    '-m',
    '128',
    '-nodefaults',
    '-display',
    'none',
    '-serial',
    'stdio',
    '-drive',
    drive,
  ];
  return new Promise((resolve) => {
    const child = spawn(...bounded(qemu, args), { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const hasEnded = endWithCommands(() => end(false));
    const end = (works) => {
      clearTimeout(timer);
      hasEnded();
      endGroup(child, 'SIGKILL');
      resolve(works);
    };
    const timer = setTimeout(() => end(false), PROBE_MS);
    let printed = '';
    child.stdout.on('data', (bytes) => {
      printed = (printed + bytes.toString('latin1')).slice(-4096);
      if (printed.includes(GREETING)) end(true);
    });
    child.once('error', () => end(false));
    child.once('exit', () => end(false));
  });
}

/** A guest that hangs ends by itself, too, when we are killed. */
function bounded(command, args) {
  const timeout = findExecutable('timeout');
  if (timeout === null) return [command, args];
  return [timeout, ['-s', 'KILL', String(PROBE_MS / 1000 + 2), command, ...args]];
}
