import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Archipelago } from '../archipelago.js';
import { choices } from '../driver/testing/crash-store.js';

// A real process writes to a directory store and is killed; its answers are lines on a pipe.
const BLOCK = 4096;
const BLOCKS = 64;

let directory: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kill-child-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

/** Runs the writer of `testing/writer.cjs`: sources compiled on the fly, as the tests are. */
function startWriter(): ChildProcess {
  const swc = createRequire(join(process.cwd(), 'package.json')).resolve('@swc/core');
  const script = join(__dirname, 'testing', 'writer.cjs');
  return spawn(process.execPath, [script, swc, `dir:${directory}`], { stdio: ['ignore', 'pipe', 'inherit'] });
}

it.each([1, 2, 3])('SIGKILL of a writing process loses no answered write (%i)', async (seed) => {
  const prepare = await Archipelago.open({ store: `dir:${directory}`, node: 'node1' });
  const base = Buffer.alloc(BLOCK * BLOCKS, 'base');
  const hash = await prepare.blocks.put(base.subarray(0, BLOCK));
  const hashes = Array<Buffer>(BLOCKS).fill(hash);
  await prepare.createFromHashes('kill-base', { sizeBytes: base.length, blockSizeBytes: BLOCK, hashes });
  await prepare.clone('kill-base', 'kill-vol');
  await prepare.close();

  child = startWriter();
  const expected = Buffer.from(base);
  const stopAfter = 50 + Math.floor(choices(seed)() * 200);
  let answered = 0;
  let inFlight: { offset: number; fill: number } | null = null;
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  for await (const line of lines) {
    const [what = '', offset = 0, fill = 0] = line
      .split(' ')
      .map((word, i) => (i === 0 ? word : Number(word)));
    if (what === 'begin') inFlight = { offset: Number(offset), fill: Number(fill) };
    if (what !== 'done') continue;
    expected.fill(Number(fill), Number(offset), Number(offset) + 100);
    inFlight = null;
    answered += 1;
    if (answered === stopAfter) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');

  const after = await Archipelago.open({ store: `dir:${directory}`, node: 'node1' });
  const volume = await after.openVolume('kill-vol', { mode: 'rw' });
  const content = await volume.read(0, expected.length);
  if (inFlight !== null) {
    // Begun and not answered: either outcome.
    content.copy(expected, inFlight.offset, inFlight.offset, inFlight.offset + 100);
  }
  expect(content.equals(expected)).toBe(true);
  expect(answered).toBeGreaterThanOrEqual(stopAfter);
  await volume.snapshot('kill-snap');
  await volume.close();
  await after.close();
});
