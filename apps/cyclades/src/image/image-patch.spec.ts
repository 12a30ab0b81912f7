import type { Image } from './image-record.js';
import { changesOf, type ImagePatch } from './image-patch.js';

const image = { properties: { os: 'linux', 'a/b': 'x' } } as unknown as Image; // only its properties are read
const changes = (...patch: ImagePatch) => changesOf(patch, image);

describe('changesOf', () => {
  it('takes add on what exists as replace', () => {
    expect(
      changes({ op: 'add', path: '/name', value: 'x' }, { op: 'add', path: '/os', value: 'bsd' }),
    ).toEqual({ base: { name: 'x' }, properties: { os: 'bsd' } });
  });

  it('reads escaped names', () => {
    expect(changes({ op: 'remove', path: '/a~1b' }).properties).toEqual({ 'a/b': null });
  });

  it.each([
    ['a read-only attribute', { op: 'replace', path: '/status', value: 'active' }, 403],
    ['the removal of a base attribute', { op: 'remove', path: '/name' }, 403],
    ['the removal of a property that is not there', { op: 'remove', path: '/none' }, 409],
    ['two levels', { op: 'add', path: '/a/b', value: 'x' }, 400],
    ['a property that is no string', { op: 'add', path: '/os', value: 3 }, 400],
    ['a base attribute of another type', { op: 'add', path: '/protected', value: 'yes' }, 400],
  ] as const)('refuses %s', (_, operation, code) => {
    expect(() => changes(operation)).toThrow(expect.objectContaining({ code }));
  });
});
