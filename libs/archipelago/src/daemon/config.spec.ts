import { hostname } from 'node:os';
import { readDaemonConfig } from './config.js';

const GOOD = {
  ARCHIPELAGO_STORE: 'dir:/s',
  ARCHIPELAGO_NBD_DIR: '/n',
  ARCHIPELAGO_CONTROL: 'unix:/c/control.sock',
};

describe('readDaemonConfig', () => {
  it('fills in the defaults', () => {
    expect(readDaemonConfig({ ...GOOD, SYNNEFO_LOG_LEVEL: '' })).toEqual({
      store: 'dir:/s',
      nbdDir: '/n',
      controlPath: '/c/control.sock',
      stateDir: '/c/archipelagod',
      lingerMs: 10_000,
      node: hostname(),
      logLevel: 'info',
    });
  });

  it('lists all mistakes', () => {
    const read = (): unknown =>
      readDaemonConfig({
        ARCHIPELAGO_STORE: 'ftp:/',
        ARCHIPELAGO_NBD_DIR: 'n',
        ARCHIPELAGO_LINGER_MS: 'soon',
      });
    expect(read).toThrow(
      /ARCHIPELAGO_STORE: .*\n.*ARCHIPELAGO_NBD_DIR: .*\n.*ARCHIPELAGO_CONTROL: .*\n.*ARCHIPELAGO_LINGER_MS: /,
    );
  });

  it('takes a group by number or name', () => {
    expect(readDaemonConfig({ ...GOOD, ARCHIPELAGO_NBD_GROUP: '107' }).nbdGroupId).toBe(107);
    expect(readDaemonConfig({ ...GOOD, ARCHIPELAGO_NBD_GROUP: 'root' }).nbdGroupId).toBe(0);
    expect(() => readDaemonConfig({ ...GOOD, ARCHIPELAGO_NBD_GROUP: 'nobody-here' })).toThrow(
      'no group nobody-here',
    );
  });
});
