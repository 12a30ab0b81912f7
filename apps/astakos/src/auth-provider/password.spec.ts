import { hashPassword, isPassword } from './password.js';

describe('passwords', () => {
  it('knows the right one, whatever its alphabet', async () => {
    const stored = await hashPassword('παλιά καρδιά');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await isPassword('παλιά καρδιά', stored)).toBe(true);
    expect(await isPassword('παλιά', stored)).toBe(false);
  });

  it('computes for nobody too, with the same parameters', async () => {
    const stored = await hashPassword('x');
    const time = async (hash: string | null): Promise<number> => {
      const start = performance.now();
      for (let i = 0; i < 5; i += 1) expect(await isPassword('y', hash)).toBe(false);
      return performance.now() - start;
    };
    const [somebody, nobody] = [await time(stored), await time(null)];
    expect(nobody).toBeGreaterThan(somebody / 4); // without the computation it is a thousandth
  });

  it('refuses a flood instead of growing', async () => {
    const stored = await hashPassword('x');
    const results = await Promise.allSettled(Array.from({ length: 80 }, () => isPassword('x', stored)));
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(16);
    expect(await isPassword('x', stored)).toBe(true);
  });
});
