import { Naming } from './naming.js';

describe('Naming', () => {
  const naming = new Naming('snfab12cd-');

  it('names objects and finds their ids again', () => {
    expect([
      naming.server(7),
      naming.network(8),
      naming.nic(9),
      naming.volume(10),
      naming.snapshot(10, 2),
    ]).toEqual([
      'snfab12cd-7',
      'snfab12cd-net-8',
      'snfab12cd-nic-9',
      'snfab12cd-vol-10',
      'snfab12cd-snap-10-2',
    ]);
    expect(naming.serverId('snfab12cd-7')).toBe(7);
    expect(naming.networkId('snfab12cd-net-8')).toBe(8);
    expect(naming.volumeId('snfab12cd-vol-10')).toBe(10);
    expect(naming.portId('snfab12cd-nic-9')).toBe(9);
  });

  it.each(['snf-7', 'snfab12cd-net-7', 'snfab12cd-', 'snfab12cd-07', 'snfab12cd-7x'])(
    'knows that %s is no server of ours',
    (name) => {
      expect(naming.serverId(name)).toBeNull();
    },
  );

  it('refuses a prefix that would run into the ids', () => {
    expect(() => new Naming('snf')).toThrow(/ending in -/);
  });
});
