import { ServiceUnavailable } from '@synnefo/api';
import { AstakosDown, type TokenInfo } from '@synnefo/astakos-client';
import type { ProjectUuid, UserUuid } from '@synnefo/units';
import type { Principal, TokenVerifier } from './principal.js';
import { TOKEN_REVOKED_CHANNEL, tokenHash } from './token-hash.js';

/** What is needed of AstakosClient. */
export interface TokenSource {
  verifyToken(token: string): Promise<TokenInfo | null>;
}

export interface RemoteVerifierOptions {
  /** How long an answer is used again; also the longest a revoked token may work when the bus loses the message. */
  readonly ttlMs?: number;
  readonly maxEntries?: number;
  readonly bus?: { subscribe(channel: string, listener: (message: unknown) => void): Promise<unknown> };
}

interface Entry {
  readonly principal: Promise<Principal | null>;
  readonly validUntil: number;
}

const TTL_MS = 30_000;
const MAX_ENTRIES = 10_000;

/**
 * Verifies tokens at Astakos and remembers valid ones for a short while, by hash. Requests with the same token that come together share one call.
 * A refused token is not remembered: it may become valid.
 */
export function remoteVerifier(source: TokenSource, options: RemoteVerifierOptions = {}): TokenVerifier {
  const entries = new Map<string, Entry>();
  const { ttlMs = TTL_MS, maxEntries = MAX_ENTRIES } = options;
  const onRevoked = (message: unknown): void => {
    if (typeof message === 'object' && message !== null && 'tokenHash' in message)
      entries.delete(String(message.tokenHash));
  };
  // without the bus a revoked token lives until its entry is old
  options.bus?.subscribe(TOKEN_REVOKED_CHANNEL, onRevoked).catch(() => undefined);

  const lookUp = (token: string, hash: string): Promise<Principal | null> => {
    const principal = ask(source, token);
    entries.set(hash, { principal, validUntil: performance.now() + ttlMs });
    if (entries.size > maxEntries) entries.delete(entries.keys().next().value ?? '');
    const forget = (): void => void (entries.get(hash)?.principal === principal && entries.delete(hash));
    principal.then((found) => found ?? forget(), forget);
    return principal;
  };

  return {
    verify: async (token) => {
      const hash = tokenHash(token);
      const entry = entries.get(hash);
      const isFresh = entry !== undefined && entry.validUntil > performance.now();
      const principal = await (isFresh ? entry.principal : lookUp(token, hash));
      return principal !== null && principal.tokenExpiresAt.getTime() > Date.now() ? principal : null;
    },
  };
}

async function ask(source: TokenSource, token: string): Promise<Principal | null> {
  try {
    const info = await source.verifyToken(token);
    return info === null ? null : principalFrom(info);
  } catch (error) {
    if (error instanceof AstakosDown)
      throw new ServiceUnavailable('The identity service does not answer.', {
        cause: error,
        headers: { 'Retry-After': '5' },
      });
    throw error;
  }
}

function principalFrom(info: TokenInfo): Principal {
  return {
    userUuid: info.userUuid as UserUuid, // Astakos is where these ids come from
    userName: info.email,
    displayName: info.displayName,
    projectId: info.projectId as ProjectUuid,
    projectIds: info.projectIds as ProjectUuid[],
    roles: info.roles,
    isAdmin: info.isAdmin,
    tokenExpiresAt: info.expiresAt,
  };
}
