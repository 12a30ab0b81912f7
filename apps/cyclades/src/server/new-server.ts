/** What the two faces ask for, as one request of CreateServer. Pure. */
import { BadRequest } from '@synnefo/api';
import type { RequestedNetwork } from '../port/ports-for-server.js';
import type { NewServer, RequestedDisk } from './create-server.js';
import type { ServerCreateBody } from './server.schema.js';
import type { ServerV21CreateBody } from './server.v2-1.schema.js';

interface BlockDevice {
  readonly source_type: 'image' | 'snapshot' | 'volume' | 'blank';
  readonly uuid?: string | null;
  readonly volume_size?: number | null;
  readonly delete_on_termination?: boolean;
  readonly destination_type?: string | null;
}

export function newServer({ server }: ServerCreateBody): NewServer {
  return {
    name: server.name,
    flavorId: server.flavorRef,
    disks: disksOf(server.imageRef, server.block_device_mapping_v2 ?? []),
    metadata: server.metadata,
    networks: server.networks?.map((item) => networkOf(item)) ?? null,
    networksWhenAbsent: 'none',
    project: server.project,
    sharedToProject: server.shared_to_project,
    adminPass: server.adminPass,
  };
}

export function newServerV21({ server }: ServerV21CreateBody): NewServer {
  const devices = [...(server.block_device_mapping_v2 ?? [])].sort(
    (a, b) => order(a.boot_index) - order(b.boot_index),
  );
  return {
    name: server.name,
    flavorId: server.flavorRef,
    disks: disksOf(server.imageRef ?? null, devices),
    metadata: server.metadata,
    networks: networksOf(server.networks),
    networksWhenAbsent: 'project-network',
    sharedToProject: false,
    adminPass: server.adminPass,
  };
}

/** Devices without a boot index come last. */
function order(bootIndex: number | null | undefined): number {
  return bootIndex === undefined || bootIndex === null || bootIndex < 0 ? Number.MAX_SAFE_INTEGER : bootIndex;
}

function networksOf(networks: ServerV21CreateBody['server']['networks']): RequestedNetwork[] | null {
  if (networks === 'none') return [];
  if (networks === undefined || networks === 'auto' || networks.length === 0) return null;
  return networks.map((item) =>
    networkOf({
      uuid: item.uuid ?? undefined,
      port: item.port ?? undefined,
      fixed_ip: item.fixed_ip ?? undefined,
    }),
  );
}

function networkOf(item: { uuid?: string; port?: string; fixed_ip?: string }): RequestedNetwork {
  if (item.uuid === undefined && item.port === undefined)
    throw new BadRequest('networks: an entry needs a uuid or a port');
  return { network: item.uuid, port: item.port, fixedIp: item.fixed_ip };
}

/** The list position is the disk's index; without a list there is one disk, of the image. */
function disksOf(imageRef: string | null, devices: readonly BlockDevice[]): RequestedDisk[] {
  const image = imageRef === '' ? null : imageRef;
  const [first] = devices;
  if (first === undefined) {
    if (image === null) throw new BadRequest('imageRef: an image or a block device is needed');
    return [{ imageId: image, sizeGib: null, deletesOnTermination: true }];
  }
  if (first.source_type === 'blank') throw new BadRequest('The first block device cannot be blank.');
  if (image !== null && image !== first.uuid)
    throw new BadRequest('imageRef is not the image of the first block device.');
  return devices.map((device) => diskOf(device));
}

function diskOf(device: BlockDevice): RequestedDisk {
  if (device.source_type === 'volume')
    throw new BadRequest('A server from an existing volume is not offered yet.');
  const deletesOnTermination = device.delete_on_termination ?? true;
  const size = device.volume_size ?? null;
  if (device.source_type === 'blank') {
    if (size === null) throw new BadRequest('A blank block device needs a volume_size.');
    return { imageId: null, sizeGib: size, deletesOnTermination };
  }
  const imageId = device.uuid ?? null;
  if (imageId === null) throw new BadRequest('A block device needs a uuid.');
  // A local device has the flavor's size, whatever was sent.
  const sizeGib = device.destination_type === 'local' ? null : size;
  return { imageId, sizeGib, deletesOnTermination };
}
