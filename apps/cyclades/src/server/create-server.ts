/**
 * Makes a server: check → choice of a cluster → commission → one transaction over server, ports, volumes and effect, with which the commission is
 * accepted → queue. When this returns, rows and effect are committed; Ganeti was not asked. A server that fails later stays charged until it is
 * deleted. Source: compute spec 3.3.
 */
import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { BadRequest } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { Commissions, provisionsFor } from '@synnefo/commission';
import type { EntityManager } from '@synnefo/database';
import { GIB, type ProjectUuid } from '@synnefo/units';
import { ChooseBackend } from '../backend/choose-backend.js';
import { Effects } from '../effect/effects.js';
import { type Flavor, FlavorService } from '../flavor/flavor.service.js';
import { ImageService, type ServerImage } from '../image/image.service.js';
import { PortsForServer, type RequestedNetwork } from '../port/ports-for-server.js';
import { type RequestedVolume, VolumesForServer } from '../volume/volumes-for-server.js';
import { splitTemplate } from './instance-create.js';
import { ServerEntity, ServerMetadataEntity } from './server.entity.js';
import { createDeltas } from './server-quota.js';

/** An additional disk, or another size of the first. */
export interface RequestedDisk {
  /** Null: empty. */
  readonly imageId: string | null;
  /** Null: the flavor's size. */
  readonly sizeGib: number | null;
  readonly deletesOnTermination: boolean;
}

export interface NewServer {
  readonly name: string;
  readonly flavorId: string;
  /** The first is the root disk and has an image. */
  readonly disks: readonly RequestedDisk[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly networks: readonly RequestedNetwork[] | null;
  readonly networksWhenAbsent: 'project-network' | 'none';
  readonly project?: string;
  readonly sharedToProject: boolean;
  readonly adminPass?: string;
}

export interface CreatedServer {
  readonly server: ServerEntity;
  readonly adminPass: string;
}

/** Disks of one server at most: Ganeti's limit. */
const MAX_DISKS = 16;

@Injectable()
export class CreateServer {
  constructor(
    private readonly flavors: FlavorService,
    private readonly images: ImageService,
    private readonly chooseBackend: ChooseBackend,
    private readonly commissions: Commissions,
    private readonly ports: PortsForServer,
    private readonly volumes: VolumesForServer,
    private readonly effects: Effects,
  ) {}

  /** @throws Fault for whatever is wrong with the request; what Commissions throw (see quotaFault) */
  async create(principal: Principal, request: NewServer): Promise<CreatedServer> {
    const project = (request.project ?? principal.projectId) as ProjectUuid; // Astakos judges a name that is none
    const flavor = await this.flavors.getForServer(principal, request.flavorId, project);
    const disks = await this.#disks(principal, request.disks, flavor);
    const diskGib = disks.reduce((total, disk) => total + disk.sizeGib, 0);
    const backendId = await this.chooseBackend.choose({
      ramMib: flavor.ramMib,
      diskMib: diskGib * 1024,
      diskTemplate: splitTemplate(flavor.diskTemplate).template,
    });
    const provisions = provisionsFor(principal.userUuid, project, createDeltas(flavor, diskGib));
    const { server, effectId } = await this.commissions.withCommission(
      { name: `create server ${request.name}`, provisions },
      (tx) => this.#insert(tx, principal, { request, project, flavor, disks, backendId }),
    );
    await this.effects.enqueue(effectId);
    return { server, adminPass: request.adminPass ?? randomPassword() };
  }

  async #disks(
    principal: Principal,
    requested: readonly RequestedDisk[],
    flavor: Flavor,
  ): Promise<RequestedVolume[]> {
    if ((requested[0]?.imageId ?? null) === null) throw new BadRequest('The first disk needs an image.');
    if (requested.length > MAX_DISKS) throw new BadRequest(`A server has at most ${MAX_DISKS} disks.`);
    const disks: RequestedVolume[] = [];
    for (const { imageId, sizeGib, deletesOnTermination } of requested) {
      const image = imageId === null ? null : await this.images.getForServer(principal, imageId);
      const volume = { image, sizeGib: sizeGib ?? flavor.diskGib, deletesOnTermination };
      assertFits(volume, flavor);
      disks.push(volume);
    }
    return disks;
  }

  async #insert(
    tx: EntityManager,
    principal: Principal,
    parts: {
      request: NewServer;
      project: string;
      flavor: Flavor;
      disks: readonly RequestedVolume[];
      backendId: number;
    },
  ): Promise<{ server: ServerEntity; effectId: string }> {
    const { request, project, flavor, disks, backendId } = parts;
    const owner = { userUuid: principal.userUuid, project, sharedToProject: request.sharedToProject };
    const row = tx.create(ServerEntity, {
      ...owner,
      name: request.name,
      backendId,
      flavorId: flavor.id,
      imageId: disks[0]?.image?.uuid ?? '',
      action: 'BUILD',
      task: 'BUILD',
    });
    const { id: serverId } = await tx.save(row);
    const metadata = Object.entries(request.metadata).map(([key, value]) => ({ serverId, key, value }));
    if (metadata.length > 0) await tx.insert(ServerMetadataEntity, metadata);
    await this.volumes.create(tx, { ...owner, serverId, volumeTypeId: flavor.volumeTypeId, volumes: disks });
    const { networks, networksWhenAbsent: whenAbsent } = request;
    await this.ports.create(tx, {
      ...owner,
      serverId,
      projectIds: principal.projectIds,
      networks,
      whenAbsent,
    });
    const effectId = await this.effects.record(tx, {
      objectType: 'server',
      objectId: serverId,
      action: 'BUILD',
      backendId,
    });
    await tx.update(ServerEntity, { id: serverId }, { taskEffectId: effectId });
    return { server: await tx.findOneByOrFail(ServerEntity, { id: serverId }), effectId };
  }
}

function assertFits(volume: { image: ServerImage | null; sizeGib: number }, flavor: Flavor): void {
  if (volume.sizeGib < 1) throw new BadRequest('A disk has at least 1 GiB.');
  const { image } = volume;
  if (image === null) return;
  if (image.sizeBytes > volume.sizeGib * GIB || image.minDiskGib > volume.sizeGib)
    throw new BadRequest(`The disk of ${volume.sizeGib} GiB is too small for image ${image.uuid}.`);
  if (image.minRamMib > flavor.ramMib)
    throw new BadRequest(`The memory of the flavor is too small for image ${image.uuid}.`);
}

const ALPHABETS = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789'];

/** Ten characters with a capital, a small letter and a digit (compute spec 1.2.1). */
function randomPassword(): string {
  const any = ALPHABETS.join('');
  const pick = (alphabet: string) => alphabet[randomInt(alphabet.length)] ?? '';
  const rest = Array.from({ length: 7 }, () => pick(any));
  return [...ALPHABETS.map(pick), ...rest].join('');
}
