import { parseAttachment } from './extstorage.js';

describe('the answer of attach', () => {
  it('is a device, or nothing, and a URI for each hypervisor', () => {
    expect(parseAttachment('/dev/nbd0\n')).toEqual({ device: '/dev/nbd0', uris: {} });
    expect(parseAttachment('\nkvm:nbd:unix:/v/1.sock')).toEqual({
      device: null,
      uris: { kvm: 'nbd:unix:/v/1.sock' },
    });
    expect(parseAttachment('/dev/x\nkvm:rbd:p/v\nxen:y:z\n')).toEqual({
      device: '/dev/x',
      uris: { kvm: 'rbd:p/v', xen: 'y:z' },
    });
    expect(parseAttachment('')).toEqual({ device: null, uris: {} });
  });
});
