import { parseLocation, parseTarget } from './request-path.js';

const swift = (url: string) => parseTarget(url, '/v1', 'swift');

describe('parseTarget', () => {
  it('splits account, container and object', () => {
    expect(swift('/v1/AUTH_a/c/o?x=1')).toMatchObject({ account: 'a', container: 'c', object: 'o' });
    expect(swift('/v1/a/c/')).toMatchObject({ account: 'a', container: 'c', object: null });
    expect(swift('/v1/a/')).toMatchObject({ account: 'a', container: null });
    expect(swift('/v1')).toMatchObject({ account: null });
    expect(swift('/v1/a?prefix=a%2Fb+c').query.get('prefix')).toBe('a/b c');
  });

  it.each([
    ['..', '..'],
    ['a/../b', 'a/../b'],
    ['a//b', 'a//b'],
    ['/x', '/x'],
    ['x/', 'x/'],
    ['a%2Fb', 'a/b'],
    ['a%20b+c', 'a b+c'],
    ['%3F%25', '?%'],
  ])('takes the object %s literally', (sent, name) => {
    expect(swift(`/v1/a/c/${sent}`).object).toBe(name);
  });

  it('refuses bytes that are no text, and names too long', () => {
    for (const bad of ['%ff', 'a%00b']) {
      expect(() => swift(`/v1/a/c/${bad}`)).toThrow(expect.objectContaining({ code: 412 }));
      expect(() => parseTarget(`/v1/a/c/${bad}`, '/v1', 'pithos')).toThrow(
        expect.objectContaining({ code: 400 }),
      );
    }
    expect(() => swift(`/v1/a/${'c'.repeat(257)}`)).toThrow('Container name too large');
    expect(() => swift(`/v1/a/c/${'o'.repeat(1025)}`)).toThrow('Object name too large');
  });
});

describe('parseLocation', () => {
  it('wants a container and an object', () => {
    expect(parseLocation('/c/o/p')).toEqual({ container: 'c', object: 'o/p' });
    expect(parseLocation('c/o')).toEqual({ container: 'c', object: 'o' });
    for (const bad of ['', '/', 'c', '/c', 'c/', '//x']) expect(parseLocation(bad)).toBeNull();
  });
});
