// Which accelerator QEMU can use here. /dev/kvm may open and its guests still hang, so a guest of one sector must print a letter.
import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { findExecutable, outputOf } from './run.mjs';

const PROBE_MS = 10_000;
export const QEMU = 'qemu-system-x86_64';

/** mov dx,0x3f8; mov al,'K'; out dx,al; cli; hlt */
const GUEST = [0xba, 0xf8, 0x03, 0xb0, 0x4b, 0xee, 0xfa, 0xf4];

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
  const is = (await kvmPrints(data, qemu)) ? 'kvm' : 'tcg';
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

async function kvmPrints(data, qemu) {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return false;
  }
  const image = data.file('run', 'probe.img');
  const sector = Buffer.alloc(512);
  sector.set(GUEST);
  sector.writeUInt16LE(0xaa55, 510);
  writeFileSync(image, sector);
  const drive = `file=${image},format=raw,if=ide,snapshot=on`;
  const args = [
    '-accel',
    'kvm',
    '-m',
    '16',
    '-nodefaults',
    '-display',
    'none',
    '-serial',
    'stdio',
    '-drive',
    drive,
  ];
  return new Promise((resolve) => {
    const child = spawn(qemu, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const end = (works) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(works);
    };
    const timer = setTimeout(() => end(false), PROBE_MS);
    child.stdout.on('data', (bytes) => bytes.includes('K') && end(true));
    child.once('error', () => end(false));
    child.once('exit', () => end(false));
  });
}
