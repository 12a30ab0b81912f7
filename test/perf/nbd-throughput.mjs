// NBD throughput of archipelagod beside qemu-nbd on a raw file of the same size, same client, rounds interleaved. Only the ratio counts.
import { spawn } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { existsSync } from 'node:fs';
import { hasProgram, median, printTable, run } from './measure.mjs';

const MIB = 1024 * 1024;
const SIZE_MIB = 512;
const RUN_SECONDS = 2;
const JOBS = [
  { label: '4 KiB random write, depth 32', rw: 'randwrite', bs: '4k', iodepth: 32 },
  { label: '4 KiB random read, depth 32', rw: 'randread', bs: '4k', iodepth: 32 },
  { label: '4 KiB random read, depth 1', rw: 'randread', bs: '4k', iodepth: 1 },
  { label: '1 MiB sequential write, depth 8', rw: 'write', bs: '1m', iodepth: 8 },
  { label: '1 MiB sequential read, depth 8', rw: 'read', bs: '1m', iodepth: 8 },
];

/** Runs fio for a moment. @returns requests a second */
async function fio(socket, job, dir) {
  const out = await run(
    'fio',
    [
      '--name=job',
      '--ioengine=nbd',
      `--uri=nbd+unix:///?socket=${socket}`,
      `--rw=${job.rw}`,
      `--bs=${job.bs}`,
      `--iodepth=${job.iodepth}`,
      `--size=${SIZE_MIB}M`,
      `--runtime=${RUN_SECONDS}`,
      '--time_based',
      '--randrepeat=0',
      '--output-format=json',
    ],
    { cwd: dir },
  );
  const result = JSON.parse(out.slice(out.indexOf('{')));
  return result.jobs[0].read.iops + result.jobs[0].write.iops;
}

async function waitFor(file, child) {
  for (let tries = 0; tries < 200; tries += 1) {
    if (existsSync(file)) return;
    if (child.exitCode !== null) break;
    await delay(50);
  }
  throw new Error(`${child.spawnfile} did not make ${file}`);
}

async function startQemuNbd(dir) {
  const raw = path.join(dir, 'throughput.raw');
  await writeFile(raw, '');
  await truncate(raw, SIZE_MIB * MIB);
  const socket = path.join(dir, 'qemu.sock');
  const child = spawn(
    'qemu-nbd',
    ['-t', '-k', socket, '-f', 'raw', '-x', '', '--cache=writeback', '-e', '8', raw],
    { stdio: 'ignore' },
  );
  await waitFor(socket, child);
  return { child, socket };
}

async function startArchipelagod(dir, bin) {
  const env = {
    ...process.env,
    ARCHIPELAGO_STORE: `dir:${dir}/throughput-store`,
    ARCHIPELAGO_NBD_DIR: path.join(dir, 'nbd'),
    ARCHIPELAGO_CONTROL: `unix:${dir}/c/control.sock`,
    SYNNEFO_NODE: 'bench',
    SYNNEFO_SUPERVISED: '1',
    UV_THREADPOOL_SIZE: '32',
  };
  const child = spawn(process.execPath, [path.join(bin, 'archipelagod.js')], {
    env,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  await waitFor(path.join(dir, 'c/control.sock'), child);
  const vlmc = (...args) =>
    run(process.execPath, [path.join(bin, 'vlmc.js'), '--control', env.ARCHIPELAGO_CONTROL, ...args]);
  await vlmc('create', 'bench-disk', '--size', String(SIZE_MIB));
  return { child, socket: (await vlmc('export', 'bench-disk')).trim() };
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([exited, delay(10_000, undefined, { ref: false })]);
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}

/** Prints the table; says what is missing when it cannot be measured. */
export async function nbdThroughput({ bin, dir, rounds, signal }) {
  const hasFio = (await hasProgram('fio')) && (await run('fio', ['--enghelp'])).includes('nbd');
  if (!hasFio || !(await hasProgram('qemu-nbd'))) {
    process.stdout.write(
      '\nNBD throughput is not measured: fio with its nbd engine and qemu-nbd are needed (Debian: fio, qemu-utils)\n',
    );
    return;
  }
  const servers = [];
  try {
    servers.push(await startArchipelagod(dir, bin), await startQemuNbd(dir));
    const iops = JOBS.map(() => servers.map(() => []));
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, job] of JOBS.entries()) {
        for (const [at, { socket }] of servers.entries()) {
          signal.throwIfAborted();
          iops[index][at].push(await fio(socket, job, dir));
        }
      }
    }
    process.stdout.write(
      `\nNBD, requests a second, medians of ${rounds} interleaved rounds of ${RUN_SECONDS} s\n`,
    );
    const rows = JOBS.map((job, index) => {
      const [ours, theirs] = iops[index].map(median);
      return [job.label, ours.toFixed(0), theirs.toFixed(0), (ours / theirs).toFixed(2)];
    });
    printTable(['', 'archipelagod', 'qemu-nbd raw', 'ratio'], rows);
  } finally {
    await Promise.all(servers.map(({ child }) => end(child)));
  }
}
