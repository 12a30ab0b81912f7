import { actionDeltas, createDeltas, type Deltas } from './server-quota.js';

const size = { cpu: 2, ramMib: 1024, diskGib: 10 };
const sum = (...all: Deltas[]): Record<string, bigint> => {
  const total: Record<string, bigint> = {};
  for (const deltas of all)
    for (const [name, value] of Object.entries(deltas)) total[name] = (total[name] ?? 0n) + value;
  return total;
};
const isZero = (deltas: Deltas) => Object.values(deltas).every((value) => value === 0n);

describe('charges of a server', () => {
  it('are made by the creation in bytes', () => {
    expect(createDeltas(size, 10)).toEqual({
      'cyclades.vm': 1n,
      'cyclades.total_cpu': 2n,
      'cyclades.total_ram': 1_073_741_824n,
      'cyclades.disk': 10_737_418_240n,
      'cyclades.cpu': 2n,
      'cyclades.ram': 1_073_741_824n,
    });
  });

  it.each([[true], [false]])('end at zero when it is deleted while running is %s', (chargesRunning) => {
    const stop = chargesRunning ? {} : actionDeltas('STOP', { ...size, chargesRunning: true });
    expect(
      isZero(sum(createDeltas(size, 10), stop, actionDeltas('DESTROY', { ...size, chargesRunning }))),
    ).toBe(true);
  });

  it('do not change when a started server is started, or a stopped one stopped', () => {
    expect(actionDeltas('START', { ...size, chargesRunning: true })).toEqual({});
    expect(actionDeltas('REBOOT', { ...size, chargesRunning: true })).toEqual({});
    expect(actionDeltas('STOP', { ...size, chargesRunning: false })).toEqual({});
    expect(actionDeltas('REBOOT', { ...size, chargesRunning: false })).toMatchObject({ 'cyclades.cpu': 2n });
  });
});
