import { canonicalName, decodeHeader, encodeHeader, encodeHeaderName } from './header-text.js';

const raw = (text: string) => Buffer.from(text).toString('latin1');

describe('header text', () => {
  it('takes UTF-8 bytes literally from Swift clients', () => {
    expect(decodeHeader(raw('caf\u00e9 100%'), 'swift')).toBe('caf\u00e9 100%');
    expect(() => decodeHeader('\u00e9', 'swift')).toThrow('Bad character');
  });

  it('wants percent-encoding from Pithos clients', () => {
    expect(decodeHeader('caf%C3%A9', 'pithos')).toBe('caf\u00e9');
    expect(decodeHeader('100%', 'pithos')).toBe('100%');
    for (const bad of [raw('caf\u00e9'), '%f2'])
      expect(() => decodeHeader(bad, 'pithos')).toThrow('Bad character');
  });

  it('encodes for either', () => {
    expect(encodeHeader('caf\u00e9 *', 'swift')).toBe(raw('caf\u00e9 *'));
    expect(encodeHeader('read=*; a\u00e9', 'pithos')).toBe('read=%2A; a%C3%A9');
    expect(encodeHeader('a\r\nX-Evil: 1', 'swift')).toBe('a  X-Evil: 1');
    expect(encodeHeaderName('X-Object-Meta-\u00e9')).toBe('X-Object-Meta-%C3%A9');
  });

  it('stores names in one form', () => {
    expect(canonicalName('x-object-meta-my_KEY')).toBe('X-Object-Meta-My-Key');
  });
});
