import { Fault, OverLimit } from '@synnefo/api';

/** The OpenStack network API answers 409 where the others answer 413 (compute spec 9.1). */
export async function overQuota<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    const isQuota = error instanceof OverLimit || (error instanceof Fault && error.name === 'overLimit');
    throw isQuota
      ? new Fault('overQuota', 409, error.message, { cause: error, details: error.details })
      : error;
  }
}
