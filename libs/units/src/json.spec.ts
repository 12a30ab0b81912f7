import { UNLIMITED } from './bytes.js';
import { toJson } from './json.js';

describe('toJson', () => {
  it('writes a bigint as a bare integer', () => {
    expect(toJson({ limit: UNLIMITED, list: [1n, undefined, 'a'] })).toBe(
      '{"limit":9223372036854775807,"list":[1,null,"a"]}',
    );
  });

  it('writes everything else as JSON.stringify does', () => {
    const value = { a: [1, null, 'ü"'], b: undefined, at: new Date(0), nested: { c: true } };
    expect(toJson(value)).toBe(JSON.stringify(value));
    expect(toJson({ ...value, big: 2n })).toBe(JSON.stringify({ ...value, big: 2 }));
  });

  it('refuses a cycle', () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    expect(() => toJson(value)).toThrow(TypeError);
  });
});
