import type { ObjectRecord } from '../pithos-client/object-record.js';
import { attributesOf, imageOf, newAttributesOf, objectNameOf, parseLocation } from './image-record.js';
import { imageV2View } from './image-v2.view.js';

const record = (changes: Partial<ObjectRecord>): ObjectRecord => ({
  uuid: '0b8a6e26-8a5c-4f5e-9c3f-0d6e8f0a4b11',
  account: 'alice',
  container: 'images',
  path: 'disk',
  version: 1,
  sizeBytes: 10,
  hash: 'ab'.repeat(32),
  isSnapshot: false,
  available: 1,
  owner: 'alice',
  createdAt: '2031-01-12T10:00:00.000Z',
  modifiedAt: '2031-01-12T10:00:00.000Z',
  meta: newAttributesOf({ name: 'disk' }),
  permissions: { read: [], write: [] },
  ...changes,
});
const image = (changes: Partial<ObjectRecord>) => {
  const found = imageOf(record(changes));
  if (found === null) throw new Error('no image');
  return found;
};

describe('imageOf', () => {
  it('finds no image in an object without a name', () => {
    expect(imageOf(record({ meta: {} }))).toBeNull();
  });

  it('reads back what was written, empty texts too', () => {
    const properties = { empty: '', slash: '\\x', os: 'linux' };
    const found = image({
      meta: newAttributesOf({ name: '', properties, minDiskGib: 3, tags: ['a', 'b'], isProtected: true }),
    });
    expect(found).toMatchObject({
      name: '',
      properties,
      minDiskGib: 3,
      minRamMib: 0,
      tags: ['a', 'b'],
      isProtected: true,
    });
  });

  it('forgets digests when the bytes are others', () => {
    const digests = { md5: 'm', sha512: 's', hash: 'ab'.repeat(32) };
    const meta = newAttributesOf({ name: 'x', digests });
    expect(image({ meta })).toMatchObject({ md5: 'm', sha512: 's' });
    expect(image({ meta, hash: 'cd'.repeat(32) })).toMatchObject({ md5: null, sha512: null });
  });

  it.each([
    ['queued', { isQueued: true }, { sizeBytes: 0 }, 'queued'],
    ['active once it has bytes, even if the worker died', { isQueued: true }, { sizeBytes: 1 }, 'active'],
    ['saving while the snapshot is taken', {}, { available: 0 as const }, 'saving'],
    ['error when it failed', {}, { available: -1 as const }, 'error'],
    ['deactivated', { isDeactivated: true }, {}, 'deactivated'],
  ])('is %s', (_, attributes, changes, status) => {
    expect(
      imageV2View(image({ ...changes, meta: newAttributesOf({ name: 'x', ...attributes }) })).status,
    ).toBe(status);
  });

  it('keeps the file of an image outside the containers of images', () => {
    const meta = newAttributesOf({ name: 'x', isManaged: true });
    expect(image({ meta }).isManaged).toBe(true);
    expect(image({ meta, container: 'files' }).isManaged).toBe(false);
  });
});

it('shows who may read', () => {
  const visibility = (read: string[]) => imageV2View(image({ permissions: { read, write: [] } })).visibility;
  expect([visibility([]), visibility(['alice', 'bob']), visibility(['*', 'bob'])]).toEqual([
    'private',
    'shared',
    'public',
  ]);
});

describe('attributesOf', () => {
  it('removes what goes back to its default', () => {
    expect(attributesOf({ isProtected: false, minDiskGib: 0, tags: [], properties: { os: null } })).toEqual({
      'plankton:protected': null,
      'plankton:min_disk': null,
      'plankton:tags': null,
      'plankton:property:os': null,
    });
  });

  it.each([
    ['a long name', { properties: { ['k'.repeat(120)]: 'v' } }],
    ['a long value', { properties: { k: 'v'.repeat(257) } }],
    [
      'too many',
      { properties: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, 'v'])) },
    ],
  ])('refuses properties with %s', (_, attributes) => {
    expect(() => attributesOf(attributes)).toThrow(expect.objectContaining({ code: 400 }));
  });
});

it('reads locations', () => {
  expect(parseLocation('pithos://u1/images/a%20b/c')).toEqual({
    account: 'u1',
    container: 'images',
    object: 'a b/c',
  });
  for (const bad of ['swift://u1/c/o', 'pithos://u1/c', 'pithos://u1/c/%zz'])
    expect(() => parseLocation(bad)).toThrow(expect.objectContaining({ code: 400 }));
});

it('makes object names without slashes', () => {
  expect([objectNameOf('a/b'), objectNameOf(''), objectNameOf('..')]).toEqual(['a_b', 'unnamed', 'unnamed']);
});
