// Clone and snapshot: their time must not depend on the size of the image (archipelago spec 1.6: O(1), and O(changed pages)).
//
// Three images (64 MiB full; 64 GiB sparse; 64 GiB with 4 GiB of data) are cloned, one page of the clone is changed, and the clone is sealed.
// The rounds of all images and of `qemu-img create -b` over raw files of the same sizes are interleaved, so that a busy moment of the machine
// meets all of them. What counts is how the images compare within a round.
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { randomFillSync } from 'node:crypto';
import { hasProgram, median, printTable, run, timed } from './measure.mjs';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const BLOCK = 4 * MIB;
const LIMIT = 1.5;

/** Fills the first `fillBytes` with random blocks; `storedBytes` of each block are not zero. */
async function makeImage(archipelago, { name, sizeBytes, fillBytes, storedBytes, signal }) {
  const empty = Buffer.alloc(32);
  Buffer.from('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex').copy(empty);
  const hashes = Array.from({ length: sizeBytes / BLOCK }, () => empty);
  const data = Buffer.alloc(storedBytes);
  for (let index = 0; index < fillBytes / BLOCK; index += 1) {
    signal.throwIfAborted();
    randomFillSync(data);
    hashes[index] = await archipelago.blocks.put(data);
  }
  await archipelago.createFromHashes(name, { sizeBytes, blockSizeBytes: BLOCK, hashes });
}

async function oneRound(archipelago, image, round, times) {
  const clone = `bench-clone-${image.key}-${round}`;
  const sealed = `bench-snap-${image.key}-${round}`;
  times.clone.push(await timed(() => archipelago.clone(image.name, clone)));
  const volume = await archipelago.openVolume(clone, { mode: 'rw' });
  await volume.write(12_345_678, Buffer.alloc(4096, round + 1), { fua: true });
  await volume.close();
  times.snapshot.push(await timed(() => archipelago.snapshot(clone, sealed)));
  const open = await archipelago.openVolume(clone, { mode: 'rw' });
  await open.write(12_345_678, Buffer.alloc(4096, round + 2), { fua: true });
  times.live.push(await timed(() => open.snapshot(`${sealed}-live`)));
  await open.close();
  for (const name of [`${sealed}-live`, sealed, clone]) await archipelago.remove(name);
}

async function qemuRound(dir, image, round, times) {
  const overlay = path.join(dir, `${image.key}-${round}.qcow2`);
  times.qemu.push(
    await timed(() =>
      run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image.raw, '-F', 'raw', overlay]),
    ),
  );
}

/** How many times slower than the fastest image: medians of the ratios within each round, so that what slows a whole round cancels out. */
function verdict(what, times, images) {
  const first = times.get(images[0].key)[what];
  const relative = images.map((image) =>
    median(times.get(image.key)[what].map((value, round) => value / first[round])),
  );
  const factor = Math.max(...relative) / Math.min(...relative);
  const isWithin = factor <= LIMIT;
  process.stdout.write(
    `${what}: slowest / fastest image = ${factor.toFixed(2)} (${isWithin ? 'within' : 'NOT within'} ${LIMIT})\n`,
  );
  return isWithin;
}

/** @returns whether all factors are within the limit */
export async function cloneSnapshot({ library, dir, rounds, isQuick, signal }) {
  const { Archipelago } = library;
  const hasQemu = await hasProgram('qemu-img');
  const images = [
    { key: 'small', label: '64 MiB, full', sizeBytes: 64 * MIB, fillBytes: 64 * MIB },
    { key: 'sparse', label: '64 GiB, sparse', sizeBytes: 64 * GIB, fillBytes: 0 },
    { key: 'filled', label: '64 GiB, 4 GiB filled', sizeBytes: 64 * GIB, fillBytes: 4 * GIB },
  ].map((image) => ({ ...image, name: `bench-image-${image.key}`, raw: path.join(dir, `${image.key}.raw`) }));
  await mkdir(path.join(dir, 'store'));
  const archipelago = await Archipelago.open({ store: `dir:${dir}/store`, node: 'bench' });
  const times = new Map(images.map(({ key }) => [key, { clone: [], snapshot: [], live: [], qemu: [] }]));
  try {
    for (const image of images) {
      process.stdout.write(`making the image: ${image.label}\n`);
      await makeImage(archipelago, { ...image, storedBytes: isQuick ? 64 * 1024 : BLOCK, signal });
      await writeFile(image.raw, '');
      await truncate(image.raw, image.sizeBytes);
    }
    // The first round warms up and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      // Each image is first, second and third equally often: what one leaves to the disk must not always meet the same next one.
      const order = images.map((_, index) => images[(index + round) % images.length]);
      for (const image of order) {
        signal.throwIfAborted();
        const target = round === 0 ? { clone: [], snapshot: [], live: [], qemu: [] } : times.get(image.key);
        await oneRound(archipelago, image, round, target);
        if (hasQemu) await qemuRound(dir, image, round, target);
      }
    }
  } finally {
    await archipelago.close();
  }
  report(images, times, hasQemu, rounds);
  return ['clone', 'snapshot', 'live'].map((what) => verdict(what, times, images)).every(Boolean);
}

function report(images, times, hasQemu, rounds) {
  process.stdout.write(
    `\nmedians of ${rounds} interleaved rounds, ms (qemu-img: one process a call, without a sync)\n`,
  );
  const rows = images.map(({ key, label }) => {
    const { clone, snapshot, live, qemu } = times.get(key);
    const text = (values) => (values.length === 0 ? '-' : median(values).toFixed(1));
    const ratio = qemu.length === 0 ? '-' : (median(clone) / median(qemu)).toFixed(2);
    return [label, text(clone), text(snapshot), text(live), text(qemu), ratio];
  });
  printTable(
    ['image', 'clone', 'snapshot', 'snapshot, open', 'qemu-img create -b', 'clone / qemu-img'],
    rows,
  );
  if (!hasQemu)
    process.stdout.write(
      'qemu-img is not installed, so there is nothing to compare with (Debian: qemu-utils)\n',
    );
}
