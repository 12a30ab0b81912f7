import { bridgeAt, isMacPrefixBase, macPrefixAt } from './mac-prefix.js';

describe('macPrefixAt', () => {
  it('counts up from the base', () => {
    expect(macPrefixAt('aa:00:0', 3)).toBe('aa:00:3');
    expect(macPrefixAt('aa:00:0', 0x12)).toBe('aa:01:2');
  });

  it.each([
    ['index 0', 'aa:00:0', 0],
    ['a multicast prefix', 'ab:00:0', 1],
    ['a universally administered prefix', 'ac:00:0', 1],
    ['beyond the digits', 'fe:ff:f', 0x10000],
  ])('never gives %s', (_, base, index) => {
    expect(macPrefixAt(base, index)).toBeNull();
  });
});

it('knows what a pool can begin with', () => {
  expect(isMacPrefixBase('aa:00:0')).toBe(true);
  expect(isMacPrefixBase('aa:00:00')).toBe(false);
});

it('numbers bridges from 1', () => {
  expect(bridgeAt('prv', 0)).toBe('prv1');
});
