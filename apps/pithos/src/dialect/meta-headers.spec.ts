import { mergeMeta, metaFromHeaders } from './meta-headers.js';
import { RequestHeaders } from './store-request.js';

const of = (items: Record<string, string>, dialect: 'swift' | 'pithos' = 'swift') =>
  metaFromHeaders(new RequestHeaders(items, dialect), 'object', dialect);

describe('metadata headers', () => {
  it('keeps user metadata and the content headers', () => {
    expect(
      of({ 'x-object-meta-a': '1', 'content-encoding': 'gzip', 'x-object-manifest': 'c/p', host: 'h' }),
    ).toEqual({ 'X-Object-Meta-A': '1', 'Content-Encoding': 'gzip', 'X-Object-Manifest': 'c/p' });
  });

  it('counts the prefix into the name for Pithos alone', () => {
    const name = (length: number) => ({ [`x-object-meta-${'k'.repeat(length)}`]: 'v' });
    expect(Object.keys(of(name(128)))).toHaveLength(1);
    expect(() => of(name(129))).toThrow('Header name too large');
    expect(Object.keys(of(name(114), 'pithos'))).toHaveLength(1);
    expect(() => of(name(115), 'pithos')).toThrow('Header name too large');
  });

  it('refuses values beyond 256 characters and empty names', () => {
    expect(() => of({ 'x-object-meta-a': 'v'.repeat(257) })).toThrow('Header value too large');
    expect(() => of({ 'x-object-meta-': 'v' })).toThrow('cannot be empty');
  });

  it('deletes by an empty value or by X-Remove', () => {
    const removal = metaFromHeaders(
      new RequestHeaders({ 'x-remove-account-meta-a': 'x' }, 'swift'),
      'account',
      'swift',
    );
    expect(mergeMeta({ 'X-Account-Meta-A': '1', 'X-Account-Meta-B': '2' }, removal)).toEqual({
      'X-Account-Meta-B': '2',
    });
  });

  it('holds 32 items', () => {
    const items = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));
    expect(Object.keys(mergeMeta({}, items(32)))).toHaveLength(32);
    expect(() => mergeMeta(items(32), { more: 'v' })).toThrow('Too many metadata items');
  });
});
