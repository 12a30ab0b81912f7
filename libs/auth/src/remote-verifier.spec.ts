import { AstakosDown, type TokenInfo } from '@synnefo/astakos-client';
import { remoteVerifier } from './remote-verifier.js';
import { TOKEN_REVOKED_CHANNEL, tokenHash } from './token-hash.js';

const info = (over: Partial<TokenInfo> = {}): TokenInfo => ({
  userUuid: 'u1',
  email: 'a@synnefo.test',
  displayName: 'A',
  projectId: 'u1',
  projectIds: ['u1'],
  roles: ['member'],
  isAdmin: false,
  expiresAt: new Date(Date.now() + 60_000),
  ...over,
});

function aSource(answers: Record<string, TokenInfo | Error>): {
  calls: number;
  verifyToken(token: string): Promise<TokenInfo | null>;
} {
  return {
    calls: 0,
    async verifyToken(token) {
      this.calls += 1;
      await Promise.resolve();
      const answer = answers[token];
      if (answer instanceof Error) throw answer;
      return answer ?? null;
    },
  };
}

describe('remoteVerifier', () => {
  it('asks once for requests that come together, and not again while it lasts', async () => {
    const source = aSource({ t: info() });
    const verifier = remoteVerifier(source);
    const both = await Promise.all([verifier.verify('t'), verifier.verify('t')]);
    await verifier.verify('t');
    expect(both[0]).toMatchObject({ userUuid: 'u1', userName: 'a@synnefo.test' });
    expect(source.calls).toBe(1);
  });

  it('forgets a revoked token at once', async () => {
    const source = aSource({ t: info() });
    const listeners: ((message: unknown) => void)[] = [];
    const bus = {
      subscribe: (channel: string, fn: (message: unknown) => void) =>
        Promise.resolve(channel === TOKEN_REVOKED_CHANNEL && listeners.push(fn)),
    };
    const verifier = remoteVerifier(source, { bus });
    await verifier.verify('t');
    listeners[0]?.({ tokenHash: tokenHash('t') });
    await verifier.verify('t');
    expect(source.calls).toBe(2);
  });

  it('does not remember a refusal or a failure', async () => {
    const answers: Record<string, TokenInfo | Error> = { t: new AstakosDown('away') };
    const verifier = remoteVerifier(aSource(answers));
    await expect(verifier.verify('t')).rejects.toMatchObject({ name: 'serviceUnavailable' });
    delete answers.t;
    expect(await verifier.verify('t')).toBeNull();
    answers.t = info();
    expect(await verifier.verify('t')).not.toBeNull();
  });

  it('refuses a remembered token once it has expired', async () => {
    const verifier = remoteVerifier(aSource({ t: info({ expiresAt: new Date(Date.now() - 1) }) }));
    expect(await verifier.verify('t')).toBeNull();
  });

  it('keeps no more than it may', async () => {
    const source = aSource({ a: info(), b: info() });
    const verifier = remoteVerifier(source, { maxEntries: 1 });
    for (const token of ['a', 'b', 'a']) await verifier.verify(token);
    expect(source.calls).toBe(3);
  });
});
