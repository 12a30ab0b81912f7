import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tagOf } from '../store.js';
import { describeStoreContract } from '../testing/store-contract.js';
import { LeafDirs } from './leaf-dirs.js';
import { PosixStore } from './posix-store.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'posix-store-'));
});
afterEach(() => rm(root, { recursive: true }));

describeStoreContract(async () => new PosixStore(join(root, 'maps')));

it('lays objects out by the hash of their name (archipelago spec §8.3, two levels)', () => {
  expect(new LeafDirs('/r').pathOf('myvolume')).toBe('/r/57/40/myvolume');
});

it('makes only the directories it needs and leaves no temporary file', async () => {
  const store = new PosixStore(root);
  await store.put('myvolume', Buffer.from('x'), { durable: true });
  await store.put('myvolume', Buffer.from('y'), { ifMatch: tagOf(Buffer.from('x')) });
  expect(await readdir(root, { recursive: true })).toEqual(['57', '57/40', '57/40/myvolume']);
  await store.close();
});

it('takes over the lock of a dead process', async () => {
  const store = new PosixStore(root);
  await store.put('myvolume', Buffer.from('x'));
  const { pid } = spawnSync(process.execPath, ['--version']);
  const owner = { pid, startTime: '1', bootId: 'another boot' };
  await writeFile(join(root, '57/40/myvolume~lock'), JSON.stringify(owner));
  await store.put('myvolume', Buffer.from('y'), { ifMatch: tagOf(Buffer.from('x')) });
  expect((await store.get('myvolume')).data.toString()).toBe('y');
  await store.close();
});
