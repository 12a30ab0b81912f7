import { contains, firstFree, ipMap, ipToNumber, numberToIp, parseSubnet } from './ip-pool.js';

describe('addresses', () => {
  it('go to numbers and back', () => {
    for (const ip of ['0.0.0.0', '10.0.1.15', '192.168.255.1', '255.255.255.255']) {
      expect(numberToIp(ipToNumber(ip))).toBe(ip);
    }
  });

  it('of a subnet are mapped one by one', () => {
    const subnet = parseSubnet('10.0.1.0/28');
    expect(subnet).toMatchObject({ size: 16, hasHostBits: false });
    const taken = ['10.0.1.0', '10.0.1.1', '10.0.1.15', '10.0.2.1'];
    expect(ipMap(subnet ?? { first: 0, size: 0 }, taken)).toBe('XX.............X');
    expect(firstFree(subnet ?? { first: 0, size: 0 }, new Set(taken))).toBe('10.0.1.2');
    expect(contains(subnet ?? { first: 0, size: 0 }, '10.0.1.16')).toBe(false);
    expect(contains(subnet ?? { first: 0, size: 0 }, 'fe80::1')).toBe(false);
  });

  it.each(['foo', '10.0.0.0', '10.0.0/8', '300.0.0.0/8'])('no subnet: %s', (text) => {
    expect(parseSubnet(text)).toBeNull();
  });
});
