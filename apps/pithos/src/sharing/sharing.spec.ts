import { formatSharing, normalise, parseSharing } from './sharing-header.js';
import { candidatePaths, decisive, grantedAccess, type PathPermissions } from './object-access.js';

const entry = (path: string, contentType: string | null, read: string[]): PathPermissions => ({
  path,
  contentType,
  read,
  write: [],
});

describe('X-Object-Sharing', () => {
  it('reads lists, drops doubles, lets write win', () => {
    expect(parseSharing('read=a, b,a;write=B')).toEqual({ read: ['a'], write: ['b'] });
    expect(parseSharing('read=a,*')).toEqual({ read: ['*'], write: [] });
    expect(parseSharing(' ~ ')).toEqual({ read: [], write: [] });
    expect(formatSharing(parseSharing('read=a;write=c'))).toBe('read=a; write=c');
  });

  it.each(['read=', 'write=;read=a', 'a', `read=${'x'.repeat(257)}`])('refuses %s', (header) => {
    expect(() => parseSharing(header)).toThrow();
  });
});

describe('access by permission', () => {
  it('asks the object itself, then every folder above it', () => {
    expect(candidatePaths('a/c/x/y')).toEqual(['a/c/x/y', 'a/c/x', 'a/c/x/']);
  });

  it('takes the nearest folder alone, and no file above', () => {
    const outer = entry('a/c/x', 'application/directory', ['bob']);
    const inner = entry('a/c/x/y', 'application/folder; a=b', ['eve']);
    expect(decisive('a/c/x/y/z', [outer, inner])).toBe(inner);
    expect(decisive('a/c/x/y', [entry('a/c/x', 'text/plain', ['bob'])])).toBeNull();
    expect(decisive('a/c/x', [entry('a/c/x', 'text/plain', ['bob'])])?.path).toBe('a/c/x');
  });

  it('grants to those who are listed and to everybody for *', () => {
    expect(grantedAccess(normalise({ read: ['bob'], write: [] }), 'Bob')).toBe('read');
    expect(grantedAccess(normalise({ read: [], write: ['*'] }), 'eve')).toBe('write');
    expect(grantedAccess(normalise({ read: ['bob'], write: [] }), 'eve')).toBeNull();
    expect(grantedAccess(null, 'eve')).toBeNull();
  });
});
