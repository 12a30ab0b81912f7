/**
 * The demo image: a disk that boots on BIOS in 128 MiB of memory, made of Debian's cloud kernel and busybox without installing or mounting anything.
 *
 *   sector 0          boot code, partition table
 *   1 MiB  (24 MiB)   partition 1: root, ext2 (no journal: what is synced stands in its place, for `debugfs` too)
 *   25 MiB (20 MiB)   partition 2: FAT16 with syslinux, kernel and initramfs; active
 *
 * Read a file of its root: debugfs -R 'cat /boots.txt' 'disk.raw?offset=1048576'
 * Plain JavaScript without dependencies. `node infra/images/demo/build.mjs` makes the image and prints its path.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Failure } from '../../dev/failure.mjs';
import { findExecutable, outputOf, runOrFail } from '../../dev/run.mjs';
import { cpioArchive } from './cpio.mjs';
import { findModules } from './modules.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const MIB = 1024 * 1024;
const SECTOR = 512;
const ROOT = { startMib: 1, sizeMib: 24, type: 0x83 };
const BOOT = { startMib: 25, sizeMib: 20, type: 0x0e };
const DISK_MIB = BOOT.startMib + BOOT.sizeMib;
const MBR_CODE = '/usr/lib/syslinux/mbr/mbr.bin';
const BUSYBOX = '/bin/busybox';
const SOURCES = ['build.mjs', 'cpio.mjs', 'modules.mjs', 'init', 'root-init'];
/** Needed by these kernel modules and by what they depend on: disk, root file system, network card, power button. */
const MODULES = ['virtio_pci', 'virtio_blk', 'virtio_net', 'ext4', 'button', 'evdev'];

const cacheDir = () =>
  process.getuid?.() === 0 ? '/var/cache/synnefo' : path.join(os.homedir(), '.cache', 'synnefo');

/** Where the image of this checkout's recipe is kept, whether or not it was made. */
export function demoImagePath() {
  const recipe = createHash('sha256');
  for (const name of SOURCES) recipe.update(readFileSync(path.join(here, name)));
  return path.join(cacheDir(), `demo-image-${recipe.digest('hex').slice(0, 12)}.raw`);
}

/** The image if it was made already, else null. */
export function findDemoImage() {
  const file = demoImagePath();
  return existsSync(file) ? file : null;
}

/**
 * Makes the image unless it is there. Needs the packages of packages.mjs and apt-get with package lists.
 * @returns {Promise<string>} its path
 * @throws Failure in one line
 */
export async function ensureDemoImage(say = () => undefined) {
  const existing = findDemoImage();
  if (existing !== null) return existing;
  say('making the demo image');
  const target = demoImagePath();
  mkdirSync(path.dirname(target), { recursive: true });
  const work = mkdtempSync(path.join(os.tmpdir(), 'synnefo-image-'));
  try {
    const image = await buildImage(work);
    cpSync(image, `${target}.partial`);
    renameSync(`${target}.partial`, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return target;
}

async function buildImage(work) {
  if (process.arch !== 'x64') throw new Failure('the demo image is made for x86-64 machines only');
  for (const file of [BUSYBOX, MBR_CODE]) {
    if (!existsSync(file)) throw new Failure(`the demo image needs ${file}; npm start -- --install adds it`);
  }
  const kernelDir = await unpackKernel(work);
  const root = path.join(work, 'root.img');
  const boot = path.join(work, 'boot.img');
  await makeRoot(root, path.join(work, 'root'));
  await makeBoot(boot, { work, kernelDir });
  const image = path.join(work, 'disk.img');
  writeFileSync(image, bootSector());
  truncateSync(image, DISK_MIB * MIB);
  const disk = openSync(image, 'r+');
  for (const [file, { startMib }] of [
    [root, ROOT],
    [boot, BOOT],
  ]) {
    const bytes = readFileSync(file);
    writeSync(disk, bytes, 0, bytes.length, startMib * MIB);
  }
  closeSync(disk);
  return image;
}

/** Downloads the kernel package and unpacks it; nothing is installed. */
async function unpackKernel(work) {
  const dependencies = outputOf('apt-cache', ['depends', 'linux-image-cloud-amd64']) ?? '';
  const name = /Depends: (linux-image-\S+)/.exec(dependencies)?.[1];
  if (name === undefined)
    throw new Failure('no linux-image-cloud-amd64 in the package lists; run apt-get update');
  const download = ['-o', 'APT::Sandbox::User=root', '-q', 'download', name];
  await runOrFail({ what: 'downloading the kernel', command: 'apt-get', args: download, cwd: work });
  const archive = readdirSync(work).find((file) => file.startsWith(name) && file.endsWith('.deb'));
  if (archive === undefined) throw new Failure(`apt-get did not download ${name}`);
  const target = path.join(work, 'kernel');
  await runOrFail({
    what: 'unpacking the kernel',
    command: 'dpkg-deb',
    args: ['-x', path.join(work, archive), target],
  });
  return target;
}

async function makeRoot(file, dir) {
  for (const folder of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp', 'root', 'sbin'])
    mkdirSync(path.join(dir, folder), { recursive: true });
  cpSync(BUSYBOX, path.join(dir, 'bin', 'busybox'));
  for (const applet of ['sh', 'mount', 'cat', 'ls']) symlinkSync('busybox', path.join(dir, 'bin', applet));
  cpSync(path.join(here, 'root-init'), path.join(dir, 'sbin', 'init'));
  chmodSync(path.join(dir, 'sbin', 'init'), 0o755);
  writeFileSync(path.join(dir, 'etc', 'issue'), 'Synnefo demo image\n');
  writeFileSync(path.join(dir, 'boots.txt'), '');
  writeFileSync(file, '');
  truncateSync(file, ROOT.sizeMib * MIB);
  const options = ['-q', '-F', '-t', 'ext2', '-b', '1024', '-m', '0', '-L', 'synnefo-root'];
  await runOrFail({
    what: 'making the root file system',
    command: tool('mke2fs'),
    args: [...options, '-E', 'root_owner=0:0', '-d', dir, file],
  });
}

async function makeBoot(file, { work, kernelDir }) {
  const kernel = readdirSync(path.join(kernelDir, 'boot')).find((name) => name.startsWith('vmlinuz-'));
  writeFileSync(path.join(work, 'initrd.img'), initramfs(kernelDir));
  writeFileSync(path.join(work, 'syslinux.cfg'), SYSLINUX);
  cpSync(path.join(kernelDir, 'boot', kernel), path.join(work, 'vmlinuz'));
  writeFileSync(file, '');
  truncateSync(file, BOOT.sizeMib * MIB);
  const hidden = String((BOOT.startMib * MIB) / SECTOR);
  const make = (command, args) =>
    runOrFail({
      what: 'making the boot file system',
      command: tool(command),
      args,
      env: { ...process.env, MTOOLS_SKIP_CHECK: '1' },
    });
  await make('mkfs.vfat', ['-F', '16', '-h', hidden, '-n', 'BOOT', file]);
  await make('syslinux', ['--install', file]);
  const files = ['vmlinuz', 'initrd.img', 'syslinux.cfg'].map((name) => path.join(work, name));
  await make('mcopy', ['-i', file, ...files, '::']);
}

const SYSLINUX = `SERIAL 0 115200
DEFAULT synnefo
PROMPT 0
TIMEOUT 1
LABEL synnefo
  KERNEL vmlinuz
  INITRD initrd.img
  APPEND console=tty0 console=ttyS0,115200 quiet panic=5 net.ifnames=0
`;

/** busybox, the modules in load order, and the script that finds the root. */
function initramfs(kernelDir) {
  const entries = ['bin', 'dev', 'proc', 'sys', 'modules', 'newroot'].map((name) => ({
    name,
    mode: 0o040755,
  }));
  entries.push({ name: 'bin/busybox', mode: 0o100755, data: readFileSync(BUSYBOX) });
  entries.push({ name: 'init', mode: 0o100755, data: readFileSync(path.join(here, 'init')) });
  findModules(kernelDir, MODULES).forEach(({ name, data }, i) => {
    entries.push({ name: `modules/${String(i).padStart(2, '0')}-${name}.ko`, mode: 0o100644, data });
  });
  return gzipSync(cpioArchive(entries), { level: 9 });
}

/** Boot code, and the two partitions (logical block addresses only; the old geometry fields are set to their maximum). */
function bootSector() {
  const sector = Buffer.alloc(SECTOR);
  readFileSync(MBR_CODE).copy(sector, 0, 0, 440);
  sector.writeUInt32LE(0x53594e46, 440);
  [ROOT, BOOT].forEach(({ startMib, sizeMib, type }, i) => {
    const at = 446 + i * 16;
    sector.set([type === BOOT.type ? 0x80 : 0, 0xfe, 0xff, 0xff, type, 0xfe, 0xff, 0xff], at);
    sector.writeUInt32LE((startMib * MIB) / SECTOR, at + 8);
    sector.writeUInt32LE((sizeMib * MIB) / SECTOR, at + 12);
  });
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

function tool(name) {
  const file = findExecutable(name);
  if (file === null) throw new Failure(`the demo image needs ${name}; npm start -- --install adds it`);
  return file;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureDemoImage().then(
    (file) => process.stdout.write(`${file}\n`),
    (error) => {
      process.stderr.write(`demo image: ${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
