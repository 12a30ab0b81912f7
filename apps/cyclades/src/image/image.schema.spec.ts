import { flatProperties, imageCreateSchema } from './image.schema.js';

describe('imageCreateSchema', () => {
  it('takes properties of any name, empty ones too', () => {
    const body = { name: 'x', 'owner_specified.openstack.md5': '', os: 'linux', min_disk: 1 };
    expect(flatProperties(imageCreateSchema.parse(body))).toEqual({
      'owner_specified.openstack.md5': '',
      os: 'linux',
    });
  });

  it.each([
    ['an id', { id: '1' }],
    ['a property that is no string', { os: { name: 'x' } }],
    ['another format', { disk_format: 'qcow2' }],
    ['a negative size', { min_ram: -1 }],
  ])('refuses %s', (_, body) => {
    expect(imageCreateSchema.safeParse(body).success).toBe(false);
  });
});
