import { Injectable } from '@nestjs/common';
import { BadRequest, Conflict, Forbidden } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { PithosClient } from '../pithos-client/pithos-client.js';
import { changesOf, type ImagePatch } from './image-patch.js';
import {
  type Image,
  type ImageAttributes,
  imageOf,
  IMAGES_CONTAINER,
  newAttributesOf,
  objectNameOf,
} from './image-record.js';
import { flatProperties, type ImageBase, type ImageCreate, READ_ONLY_KEYS } from './image.schema.js';
import { ImageService } from './image.service.js';
import { storedDiskFormat } from './image-v2.view.js';

const LOCATION_KEY = 'pithos_location';

/** What the v2 face does beyond the services that both faces share. */
@Injectable()
export class ImageV2Service {
  constructor(
    private readonly pithos: PithosClient,
    private readonly images: ImageService,
  ) {}

  /** A queued image: an empty object in container `images` whose uuid the upload keeps. With the property `pithos_location`, that object becomes an active image instead. */
  async create(principal: Principal, body: ImageCreate): Promise<Image> {
    const { [LOCATION_KEY]: location, ...properties } = flatProperties(body);
    for (const key of Object.keys(properties)) {
      if (READ_ONLY_KEYS.includes(key)) throw new Forbidden(`Attribute '${key}' is read-only.`);
    }
    const isPublic = body.visibility === 'public';
    const attributes = { ...attributesOfBase(body), properties, name: body.name ?? '' };
    if (location !== undefined) return this.images.register(principal, { location, isPublic, attributes });
    const record = await this.pithos.createEmpty({
      user: principal.userUuid,
      account: principal.userUuid,
      container: IMAGES_CONTAINER,
      object: objectNameOf(attributes.name),
      contentType: 'application/octet-stream',
      project: principal.projectId,
      meta: newAttributesOf({
        diskFormat: 'diskdump',
        containerFormat: 'bare',
        ...attributes,
        isQueued: true,
        isManaged: true,
      }),
    });
    const image = imageOf(record);
    if (image === null) throw new Conflict('The image was changed while it was made.');
    return isPublic ? this.images.update(principal, image, {}, true) : image;
  }

  async patch(principal: Principal, image: Image, patch: ImagePatch): Promise<Image> {
    const { base, properties } = changesOf(patch, image);
    const formats = [base.disk_format, base.container_format].some((format) => format !== undefined);
    if (formats && image.status !== 'QUEUED' && changesFormat(base, image)) {
      throw new Forbidden('The format can only be changed while the image is queued.');
    }
    const attributes = { ...attributesOfBase(base), properties };
    const isPublic = base.visibility === undefined ? undefined : base.visibility === 'public';
    const changed = await this.images.update(principal, image, attributes, isPublic);
    return base.visibility === 'private' && changed.members.length > 0
      ? this.images.setMembers(principal, changed, [])
      : changed;
  }

  async remove(principal: Principal, image: Image): Promise<void> {
    if (image.isProtected) throw new Forbidden(`Image ${image.id} is protected and cannot be deleted.`);
    await this.images.remove(principal, image);
  }

  async addMember(principal: Principal, image: Image, member: string): Promise<Image> {
    if (image.isPublic) throw new Forbidden('Only shared images have members.');
    if (image.members.includes(member)) throw new Conflict(`Image member ${member} already exists.`);
    if (member === '*' || member === image.owner) throw new BadRequest(`'${member}' cannot be a member.`);
    return this.images.setMembers(principal, image, [...image.members, member]);
  }
}

/** A base attribute as it is stored; what is absent stays absent. */
function attributesOfBase(base: Partial<ImageBase>): ImageAttributes {
  const attributes: ImageAttributes = {};
  if (base.name !== undefined) attributes.name = base.name ?? '';
  if (typeof base.disk_format === 'string') attributes.diskFormat = storedDiskFormat(base.disk_format);
  if (typeof base.container_format === 'string') attributes.containerFormat = base.container_format;
  if (base.min_disk !== undefined) attributes.minDiskGib = base.min_disk;
  if (base.min_ram !== undefined) attributes.minRamMib = base.min_ram;
  if (base.protected !== undefined) attributes.isProtected = base.protected;
  if (base.os_hidden !== undefined) attributes.isHidden = base.os_hidden;
  if (base.visibility !== undefined) attributes.isShared = base.visibility === 'shared';
  if (base.tags !== undefined) attributes.tags = base.tags;
  return attributes;
}

function changesFormat(base: Partial<ImageBase>, image: Image): boolean {
  const diskFormat =
    typeof base.disk_format === 'string' ? storedDiskFormat(base.disk_format) : image.diskFormat;
  return (
    diskFormat !== image.diskFormat ||
    (base.container_format ?? image.containerFormat) !== image.containerFormat
  );
}
