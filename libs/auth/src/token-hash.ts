import { createHash } from 'node:crypto';

/** Bus channel; a message is `{ tokenHash: "<hex>" }`. */
export const TOKEN_REVOKED_CHANNEL = 'astakos.token-revoked';

/** SHA-256 of a token, in hex: how tokens are stored, cached and spoken about. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
