import { hash, verify } from '@node-rs/argon2';
import { ServiceUnavailable } from '@synnefo/api';

/**
 * Argon2id with 19 MiB and two passes (OWASP's first choice), computed on the thread pool, not on the event loop. At most `QUEUE_LIMIT`
 * computations wait: a flood of logins is refused, it does not grow.
 */
const OPTIONS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }; // 2: argon2id
const QUEUE_LIMIT = 64;
// The hash of a random text that nobody kept. Unknown users cost what known ones cost.
const NOBODY =
  '$argon2id$v=19$m=19456,t=2,p=1$ifqJjo85Hs3ehyfO9TZ+Xg$1liHIhbjc+QVH26U1etARSxbLS7ALtBQtFZBJYN7Zhg';

let waiting = 0;

/** @returns the PHC string to store */
export function hashPassword(password: string): Promise<string> {
  return bounded(() => hash(password, OPTIONS));
}

/**
 * Takes the same time whether or not there is a hash (null: no such user, or no local login).
 * @throws ServiceUnavailable when too many wait
 */
export async function isPassword(password: string, storedHash: string | null): Promise<boolean> {
  const isSame = await bounded(() => verify(storedHash ?? NOBODY, password));
  return isSame && storedHash !== null;
}

async function bounded<T>(compute: () => Promise<T>): Promise<T> {
  if (waiting >= QUEUE_LIMIT)
    throw new ServiceUnavailable('Too many logins at once.', { headers: { 'Retry-After': '2' } });
  waiting += 1;
  try {
    return await compute();
  } finally {
    waiting -= 1;
  }
}
