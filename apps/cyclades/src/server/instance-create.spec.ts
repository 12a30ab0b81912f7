import { Naming } from '../installation/naming.js';
import { instanceCreate, type InstanceParts } from './instance-create.js';

const parts: InstanceParts = {
  serverId: 42,
  cpu: 1,
  ramMib: 256,
  diskTemplate: 'ext_synnefo',
  hypervisor: 'kvm',
  volumes: [{ id: 12, sizeGib: 1, originMap: 'snf-file-3', originSizeBytes: 65_536 }],
  ports: [{ id: 9, networkId: 5, ipv4: '10.0.0.2' }],
};

describe('instanceCreate', () => {
  const naming = new Naming('snf-');

  it('names everything after our rows and clones the image', () => {
    expect(instanceCreate(parts, naming)).toMatchObject({
      instance_name: 'snf-42',
      disk_template: 'ext',
      os_type: 'synnefo+default',
      hypervisor: 'kvm',
      disks: [
        {
          size: 1024,
          name: 'snf-vol-12',
          provider: 'synnefo',
          access: 'userspace',
          origin: 'snf-file-3',
          origin_size: '65536',
        },
      ],
      nics: [{ name: 'snf-nic-9', network: 'snf-net-5', ip: '10.0.0.2' }],
      beparams: { vcpus: 1, minmem: 256, maxmem: 256 },
      name_check: false,
      ip_check: false,
    });
  });

  it('asks for userspace access of KVM only', () => {
    expect(instanceCreate({ ...parts, hypervisor: 'fake' }, naming).disks[0]).not.toHaveProperty('access');
  });

  it('leaves the origin out of an empty disk', () => {
    const volumes = [{ id: 13, sizeGib: 2, originMap: null, originSizeBytes: null }];
    expect(instanceCreate({ ...parts, volumes }, naming).disks).toEqual([
      { size: 2048, name: 'snf-vol-13', provider: 'synnefo', access: 'userspace' },
    ]);
  });
});
