import { createHash, timingSafeEqual } from 'node:crypto';
import { ItemNotFound } from '@synnefo/api';
import type { DataSource } from '@synnefo/database';
import { BackendEntity } from './backend.entity.js';

/** Longer ones are nobody's: they are refused before anything is computed. */
const SECRET_LIMIT = 1_024;

/** What is kept of a cluster's callback secret. */
export function callbackSecretHash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/**
 * Whether `secret` is the one with which the master of this cluster calls back; compared in constant time.
 * @throws ItemNotFound for a cluster that is not ours
 */
export async function isCallbackSecret(
  dataSource: DataSource,
  clusterName: string,
  secret: string | null,
): Promise<boolean> {
  const backend = await dataSource.manager.findOne(BackendEntity, {
    select: { id: true, callbackSecretHash: true },
    where: { clusterName },
  });
  if (backend === null) throw new ItemNotFound('There is no such cluster.');
  if (secret === null || secret.length > SECRET_LIMIT || backend.callbackSecretHash === null) return false;
  return timingSafeEqual(callbackSecretHash(secret), backend.callbackSecretHash);
}
