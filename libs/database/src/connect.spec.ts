import { patiently } from './connect.js';

const failing = (times: number, error: Error) => {
  let calls = 0;
  const attempt = () => {
    calls += 1;
    return calls <= times ? Promise.reject(error) : Promise.resolve('connected');
  };
  return { attempt, calls: () => calls };
};
const withCode = (code: string) => Object.assign(new Error(code), { code });

describe('connecting', () => {
  it.each([
    ['is late', new Error('timeout expired')],
    ['is starting', withCode('57P03')],
    ['has no connection left', withCode('53300')],
    ['is not there', withCode('ECONNREFUSED')],
  ])('is tried again when the server %s', async (_, error) => {
    const server = failing(2, error);
    await expect(patiently(server.attempt)).resolves.toBe('connected');
    expect(server.calls()).toBe(3);
  });

  it('is not tried again when the server refuses the password', async () => {
    const server = failing(9, withCode('28P01'));
    await expect(patiently(server.attempt)).rejects.toThrow('28P01');
    expect(server.calls()).toBe(1);
  });
});
