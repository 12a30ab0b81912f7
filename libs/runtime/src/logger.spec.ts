import { withContext } from './context.js';
import { createLogger } from './logger.js';
import { Secret } from './secret.js';

function capture(): { lines: Record<string, unknown>[]; write(line: string): void } {
  const lines: Record<string, unknown>[] = [];
  return { lines, write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) };
}

describe('createLogger', () => {
  it('adds the fields of the context', () => {
    const out = capture();
    withContext({ requestId: 'req-1' }, () =>
      createLogger('test', 'info', out).info({ serverId: 7 }, 'server created'),
    );
    expect(out.lines).toEqual([
      expect.objectContaining({ name: 'test', requestId: 'req-1', serverId: 7, msg: 'server created' }),
    ]);
  });

  it('writes no secret', () => {
    const out = capture();
    createLogger('test', 'info', out).info(
      { token: 'abc', request: { password: 'abc', 'x-auth-token': 'abc' }, secret2: Secret.of('abc') },
      'x',
    );
    expect(JSON.stringify(out.lines)).not.toContain('abc');
  });
});
