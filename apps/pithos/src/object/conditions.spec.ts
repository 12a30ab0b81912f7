import { RequestHeaders } from '../dialect/store-request.js';
import { assertWritable, isNotModified, parseDate } from './conditions.js';

const headers = (items: Record<string, string>) => new RequestHeaders(items, 'swift');
const current = { etags: ['aa', 'bb'], modifiedAt: '1000.5' };

describe('conditions', () => {
  it('reads the three date formats, and ignores the rest', () => {
    for (const text of [
      'Sun, 06 Nov 1994 08:49:37 GMT',
      'Sunday, 06-Nov-94 08:49:37 GMT',
      'Sun Nov  6 08:49:37 1994',
    ]) {
      expect(parseDate(text)).toBe(784111777);
    }
    expect(parseDate('nonsense')).toBeNull();
  });

  it('compares whole seconds', () => {
    const since = (seconds: number) =>
      headers({ 'if-modified-since': new Date(seconds * 1000).toUTCString() });
    expect(isNotModified(since(1000), current)).toBe(true);
    expect(isNotModified(since(999), current)).toBe(false);
    expect(() =>
      isNotModified(headers({ 'if-unmodified-since': new Date(999_000).toUTCString() }), current),
    ).toThrow('modified');
  });

  it.each(['"aa"', 'BB', '"x", "bb"', '*', 'W/"aa"'])('matches %s', (tag) => {
    expect(isNotModified(headers({ 'if-none-match': tag }), current)).toBe(true);
    expect(() => assertWritable(headers({ 'if-match': tag }), current)).not.toThrow();
    expect(() => assertWritable(headers({ 'if-none-match': tag }), current)).toThrow();
  });

  it('holds writes to what exists', () => {
    expect(() => assertWritable(headers({ 'if-match': '*' }), null)).toThrow();
    expect(() => assertWritable(headers({ 'if-none-match': '*' }), null)).not.toThrow();
    expect(() => assertWritable(headers({ 'if-match': '"cc"' }), current)).toThrow();
  });
});
