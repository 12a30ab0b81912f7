import { newServer, newServerV21 } from './new-server.js';
import { serverCreateSchema } from './server.schema.js';
import { serverV21CreateSchema } from './server.v2-1.schema.js';

const v21 = (server: object) =>
  newServerV21(serverV21CreateSchema.parse({ server: { name: 's', flavorRef: '1', ...server } }));
const synnefo = (server: object) =>
  newServer(serverCreateSchema.parse({ server: { name: 's', imageRef: 'img', flavorRef: 1, ...server } }));
const rootDisk = { imageId: 'img', sizeGib: null, deletesOnTermination: true };

describe('newServerV21', () => {
  it('takes what the openstack client sends', () => {
    const server = {
      imageRef: 'img',
      min_count: 1,
      max_count: 1,
      security_groups: [{ name: 'x' }],
      networks: [{ uuid: 'n1' }],
    };
    expect(v21(server)).toMatchObject({ disks: [rootDisk], networks: [{ network: 'n1' }], flavorId: '1' });
  });

  it('takes a local mapping of the image as the image', () => {
    const device = {
      uuid: 'img',
      boot_index: 0,
      source_type: 'image',
      destination_type: 'local',
      volume_size: 9,
    };
    expect(v21({ imageRef: 'img', block_device_mapping_v2: [device] }).disks).toEqual([rootDisk]);
    expect(
      v21({ imageRef: '', block_device_mapping_v2: [{ ...device, destination_type: 'volume' }] }).disks,
    ).toEqual([{ ...rootDisk, sizeGib: 9 }]);
  });

  it('tells no network from no word about networks', () => {
    expect(v21({ imageRef: 'img', networks: 'none' }).networks).toEqual([]);
    expect(v21({ imageRef: 'img', networks: 'auto' }).networks).toBeNull();
    expect(v21({ imageRef: 'img', networks: [] }).networks).toBeNull();
    expect(v21({ imageRef: 'img' })).toMatchObject({ networks: null, networksWhenAbsent: 'project-network' });
  });

  it.each([
    [{}],
    [{ imageRef: 'img', block_device_mapping_v2: [{ source_type: 'blank', volume_size: 1 }] }],
    [{ imageRef: 'img', block_device_mapping_v2: [{ source_type: 'image', uuid: 'other' }] }],
    [{ block_device_mapping_v2: [{ source_type: 'volume', uuid: 'v' }] }],
    [{ imageRef: 'img', networks: [{}] }],
  ])('refuses case %#', (server) => {
    expect(() => v21(server)).toThrow(expect.objectContaining({ code: 400 }));
  });
});

describe('newServer', () => {
  it('has no network unless one is named', () => {
    expect(synnefo({})).toMatchObject({
      disks: [rootDisk],
      networks: null,
      networksWhenAbsent: 'none',
      sharedToProject: false,
    });
    expect(synnefo({ networks: [{ uuid: 12, fixed_ip: '10.0.0.9' }] }).networks).toEqual([
      { network: '12', fixedIp: '10.0.0.9' },
    ]);
  });

  it('takes a null image when a mapping names one', () => {
    const devices = [
      { source_type: 'image', uuid: 'img', volume_size: 20 },
      { source_type: 'blank', volume_size: 10 },
    ];
    expect(synnefo({ imageRef: null, block_device_mapping_v2: devices }).disks).toEqual([
      { ...rootDisk, sizeGib: 20 },
      { imageId: null, sizeGib: 10, deletesOnTermination: true },
    ]);
  });

  it.each([['short1A'], ['nocapital11'], ['NOSMALL1111'], ['NoDigitsHere']])(
    'refuses the password %s',
    (adminPass) => {
      expect(() => synnefo({ adminPass })).toThrow();
    },
  );
});
