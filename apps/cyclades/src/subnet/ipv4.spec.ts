import fc from 'fast-check';
import { checkedPools, defaultPools, formatIpv4, gatewayOf, parseIpv4, parseIpv4Cidr } from './ipv4.js';

const cidr = parseIpv4Cidr('192.168.7.0/29');
const pools = (gateway: string | null) =>
  defaultPools(cidr, gateway).map((pool) => [formatIpv4(pool.first), formatIpv4(pool.last)]);

describe('parseIpv4Cidr', () => {
  it.each([
    ['10.9.1.0/20', 400, '10.9.0.0/20'],
    ['192.168.7.0/30', 413, '/30'],
    ['10.0.0.0/21', 413, '/21'],
    ['10.0.0.0', 400, 'Malformed'],
    ['10.0.0.300/24', 400, '10.0.0.300'],
    ['fd00::/64', 400, 'Malformed'],
    ['010.5.0.0/24', 400, '010.5.0.0'],
    ['127.0.0.0/24', 400, 'no addresses'],
    ['0.0.0.0/24', 400, 'no addresses'],
    ['224.1.0.0/24', 400, 'no addresses'],
  ])('refuses %s with %d', (text, code, message) => {
    expect(() => parseIpv4Cidr(text)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });

  it('reads back every address that it writes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (address) => parseIpv4(formatIpv4(address)) === address,
      ),
    );
  });
});

describe('allocation pools', () => {
  it.each([
    ['first', '192.168.7.1', [['192.168.7.2', '192.168.7.6']]],
    ['last', '192.168.7.6', [['192.168.7.1', '192.168.7.5']]],
    [
      'middle',
      '192.168.7.3',
      [
        ['192.168.7.1', '192.168.7.2'],
        ['192.168.7.4', '192.168.7.6'],
      ],
    ],
    ['none', null, [['192.168.7.1', '192.168.7.6']]],
  ])('leave the gateway out: %s', (_, gateway, expected) => {
    expect(pools(gateway)).toEqual(expected);
  });

  it.each([
    ['outside', [{ start: '192.168.7.5', end: '192.168.7.9' }]],
    ['reversed', [{ start: '192.168.7.5', end: '192.168.7.4' }]],
    [
      'overlapping',
      [
        { start: '192.168.7.4', end: '192.168.7.5' },
        { start: '192.168.7.2', end: '192.168.7.4' },
      ],
    ],
    ['around the gateway', [{ start: '192.168.7.1', end: '192.168.7.4' }]],
  ])('are refused when %s', (_, request) => {
    expect(() => checkedPools(cidr, '192.168.7.1', request)).toThrow(expect.objectContaining({ code: 409 }));
  });

  it('are sorted', () => {
    const ranges = checkedPools(cidr, null, [
      { start: '192.168.7.4', end: '192.168.7.5' },
      { start: '192.168.7.1', end: '192.168.7.2' },
    ]);
    expect(ranges.map(({ first }) => formatIpv4(first))).toEqual(['192.168.7.1', '192.168.7.4']);
  });
});

describe('gatewayOf', () => {
  it('is the first host unless the request names one, or none', () => {
    expect(gatewayOf(cidr, undefined)).toBe('192.168.7.1');
    expect(gatewayOf(cidr, null)).toBeNull();
    expect(() => gatewayOf(cidr, '192.168.7.7')).toThrow(expect.objectContaining({ code: 400 }));
  });
});
