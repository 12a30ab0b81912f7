import { commandLine, findProcess, isAlive, signalProcess } from './process.js';

describe('a process', () => {
  it('is known by its id and start', () => {
    const self = findProcess(process.pid);
    expect(self?.startTicks).toMatch(/^\d+$/);
    expect(self !== null && isAlive(self)).toBe(true);
    expect(commandLine(process.pid).join(' ')).toContain('node');
  });

  it('that has the id of another one is neither alive nor signalled', () => {
    const reused = { pid: process.pid, startTicks: '1' };
    expect(isAlive(reused)).toBe(false);
    expect(signalProcess(reused, 'SIGKILL')).toBe(false);
  });
});
