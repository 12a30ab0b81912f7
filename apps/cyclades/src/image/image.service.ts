import { Injectable } from '@nestjs/common';
import { BadRequest, Forbidden, ItemNotFound } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { PithosClient } from '../pithos-client/pithos-client.js';
import type { ObjectRecord } from '../pithos-client/object-record.js';
import {
  attributesOf,
  type Image,
  type ImageAttributes,
  imageOf,
  MANAGED_CONTAINERS,
  newAttributesOf,
  parseLocation,
} from './image-record.js';

/** What a new server takes from its image. */
export interface ServerImage {
  readonly uuid: string;
  readonly version: number;
  readonly name: string;
  readonly owner: string;
  readonly mapName: string;
  readonly sizeBytes: number;
  readonly isSnapshot: boolean;
  readonly minDiskGib: number;
  readonly minRamMib: number;
  /** Names in upper case (compute spec 3.3.1). */
  readonly properties: Readonly<Record<string, string>>;
}

export interface RegisterImage {
  readonly location: string;
  readonly size?: string;
  readonly checksum?: string;
  readonly isPublic: boolean;
  readonly attributes: ImageAttributes & { readonly name: string };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Names of the OpenStack world for what the installer knows by its own (compute spec 9.4). */
const PROPERTY_ALIASES: Readonly<Record<string, string>> = {
  OS_TYPE: 'OSFAMILY',
  OS_DISTRO: 'OS',
  OS_ADMIN_USER: 'USERS',
};

/** Images are objects of Pithos; this service reads and writes their attributes. Pithos checks the caller's permissions. */
@Injectable()
export class ImageService {
  constructor(private readonly pithos: PithosClient) {}

  /** Every image that the caller owns or may read, snapshots included. */
  async list(principal: Principal): Promise<Image[]> {
    const records = await this.pithos.listImages(principal.userUuid, true);
    return records.map(imageOf).filter((image) => image !== null);
  }

  /** @throws ItemNotFound when it is none, or not the caller's to read */
  async get(principal: Principal, id: string): Promise<Image> {
    if (!UUID.test(id)) throw notFound(id);
    try {
      return existing(id, await this.pithos.getByUuid(principal.userUuid, id.toLowerCase()));
    } catch (error) {
      if (error instanceof ItemNotFound || error instanceof Forbidden) throw notFound(id);
      throw error;
    }
  }

  /** @throws ItemNotFound; BadRequest when there are no bytes to boot from */
  async getForServer(principal: Principal, id: string): Promise<ServerImage> {
    const image = await this.get(principal, id);
    if (image.status !== 'AVAILABLE' || image.isDeactivated)
      throw new BadRequest(`Image ${id} is not available.`);
    if (image.mapName === null || image.sizeBytes === 0) throw new BadRequest(`Image ${id} has no data.`);
    const { name, version, owner, mapName, sizeBytes, isSnapshot, minDiskGib, minRamMib } = image;
    const properties = serverProperties(image.properties);
    return {
      uuid: image.id,
      version,
      name,
      owner,
      mapName,
      sizeBytes,
      isSnapshot,
      minDiskGib,
      minRamMib,
      properties,
    };
  }

  /** Makes an uploaded object an image. Its permissions become those of the image: the owner, and everybody when it is public. */
  async register(principal: Principal, request: RegisterImage): Promise<Image> {
    const record = await this.pithos.getByLocation(principal.userUuid, parseLocation(request.location));
    if (request.size !== undefined && request.size !== String(record.sizeBytes))
      throw new BadRequest('Invalid size.');
    if (request.checksum !== undefined && request.checksum !== record.hash)
      throw new BadRequest('Invalid checksum.');
    if (record.owner !== principal.userUuid)
      throw new Forbidden('Only the owner of an object can register it.');
    await this.pithos.setReaders(
      principal.userUuid,
      record.uuid,
      readersOf(record.owner, request.isPublic, []),
    );
    return this.write(principal, record.uuid, newAttributesOf(request.attributes));
  }

  /** Changes attributes and, when `isPublic` is given, who may read. */
  async update(
    principal: Principal,
    image: Image,
    attributes: ImageAttributes,
    isPublic?: boolean,
  ): Promise<Image> {
    assertOwner(principal, image);
    if (isPublic !== undefined && isPublic !== image.isPublic) {
      await this.pithos.setReaders(
        principal.userUuid,
        image.id,
        readersOf(image.owner, isPublic, image.members),
      );
    }
    return this.write(principal, image.id, attributesOf(attributes));
  }

  /** Replaces the users beside the owner who may read; a public image stays public. */
  async setMembers(principal: Principal, image: Image, members: readonly string[]): Promise<Image> {
    assertOwner(principal, image);
    const readers = readersOf(image.owner, image.isPublic, members);
    return existing(image.id, await this.pithos.setReaders(principal.userUuid, image.id, readers));
  }

  /** Takes the image's attributes away; the file stays. */
  async unregister(principal: Principal, image: Image): Promise<void> {
    assertOwner(principal, image);
    await this.pithos.updateMeta(principal.userUuid, image.id, {}, true);
  }

  /** Removes what the image API made, with its charge; an image registered from a file is only unregistered (design §9). */
  async remove(principal: Principal, image: Image): Promise<void> {
    assertOwner(principal, image);
    if (image.isManaged) await this.pithos.deleteByUuid(principal.userUuid, image.id, MANAGED_CONTAINERS);
    else await this.unregister(principal, image);
  }

  private async write(
    principal: Principal,
    id: string,
    attributes: Record<string, string | null>,
  ): Promise<Image> {
    return existing(id, await this.pithos.updateMeta(principal.userUuid, id, attributes));
  }
}

/** Whoever may only read an image learns that he may not do more. @throws Forbidden */
export function assertOwner(principal: Principal, image: Image): void {
  if (image.owner !== principal.userUuid) throw new Forbidden('Only the owner may change an image.');
}

function readersOf(owner: string, isPublic: boolean, members: readonly string[]): string[] {
  return [...new Set([owner, ...(isPublic ? ['*'] : []), ...members])];
}

function existing(id: string, record: ObjectRecord): Image {
  const image = imageOf(record);
  if (image === null) throw notFound(id);
  return image;
}

function notFound(id: string): ItemNotFound {
  return new ItemNotFound(`No image found with ID ${id}`);
}

function serverProperties(properties: Readonly<Record<string, string>>): Record<string, string> {
  const upper = Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key.toUpperCase(), value]),
  );
  for (const [alias, name] of Object.entries(PROPERTY_ALIASES)) {
    const value = upper[alias];
    if (value !== undefined && upper[name] === undefined) upper[name] = value;
  }
  return upper;
}
