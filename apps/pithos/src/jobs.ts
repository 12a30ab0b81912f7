import type { INestApplicationContext } from '@nestjs/common';
import { defineQueue, type QueueBackend } from '@synnefo/queue';
import { z } from 'zod';

import type { Parts } from './app.module.js';
import { ChecksumQueue, checksumQueue, Checksums } from './hashmap/checksum.queue.js';
import { MapStore } from './map/map-store.js';
import { ExpireObjects } from './object/expire-objects.js';
import { pithosCommissionQueue } from './start.js';

const nothing = z.strictObject({});
const periodic = (name: string) => defineQueue({ name, payload: nothing, attempts: 1, backoffMs: 1_000 });

/** Maps that nothing refers to, and checksums whose job was lost. */
export const purgeQueue = periodic('pithos.purge');
/** Objects past their `X-Delete-At`. */
export const expireQueue = periodic('pithos.expire');
/** Commissions that a crash left behind. */
export const reconcileQueue = periodic('pithos.reconcile');

/** An upload adopts its map within a moment; what is loose for longer was left by a crash. */
const LOOSE_MS = 10 * 60_000;
/** A commission that no row knows for so long belongs to a request that died: its user waits for the room. */
const ABANDONED_MS = 20_000;

/** Handlers of all queues of Pithos, and the schedules of the periodic ones. */
export function startJobs(context: INestApplicationContext, queues: QueueBackend, parts: Parts): void {
  const { commissions } = parts;
  const maps = context.get(MapStore);
  const checksums = context.get(Checksums);
  const checksumJobs = context.get(ChecksumQueue);
  const expiry = context.get(ExpireObjects);
  const once = { concurrency: 1 };
  queues.consume(pithosCommissionQueue, async () => void (await commissions.resolveNow()), once);
  queues.consume(checksumQueue, ({ mapName }) => checksums.compute(mapName), once);
  queues.consume(expireQueue, () => expiry.run(), once);
  queues.consume(
    reconcileQueue,
    async () => void (await commissions.reconcile({ olderThanMs: ABANDONED_MS })),
    once,
  );
  queues.consume(
    purgeQueue,
    async () => {
      await maps.sweep(LOOSE_MS);
      for (const mapName of await checksums.missing(100)) await checksumJobs.add(mapName);
    },
    once,
  );
  queues.schedule(reconcileQueue, {}, { everyMs: 10_000 });
  queues.schedule(expireQueue, {}, { everyMs: 60_000 });
  queues.schedule(purgeQueue, {}, { everyMs: 60_000 });
}
