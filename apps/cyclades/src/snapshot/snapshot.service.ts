import { Injectable } from '@nestjs/common';
import { ItemNotFound } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { DataSource } from '@synnefo/database';
import { type Image } from '../image/image-record.js';
import { assertOwner, ImageService } from '../image/image.service.js';
import { VolumeService } from '../volume/volume.service.js';
import { SnapshotEntity } from './snapshot.entity.js';

/** A snapshot is an image that was taken of a volume. */
export interface Snapshot {
  readonly image: Image;
  readonly volumeId: number | null;
  /** Null when the row of the volume is not known here. */
  readonly volumeUuid: string | null;
}

@Injectable()
export class SnapshotService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly images: ImageService,
    private readonly volumes: VolumeService,
  ) {}

  /** Newest first. @param onlyOwn without those that others share */
  async list(principal: Principal, onlyOwn: boolean): Promise<Snapshot[]> {
    const images = (await this.images.list(principal)).filter((image) => image.isSnapshot);
    const visible = onlyOwn ? images.filter(({ owner }) => owner === principal.userUuid) : images;
    return this.withVolumes(visible.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime()));
  }

  /** @throws ItemNotFound */
  async get(principal: Principal, id: string): Promise<Snapshot> {
    const image = await this.images.get(principal, id).catch((error: unknown) => {
      throw error instanceof ItemNotFound ? notFound(id) : error;
    });
    const [snapshot] = image.isSnapshot ? await this.withVolumes([image]) : [];
    if (snapshot === undefined) throw notFound(id);
    return snapshot;
  }

  async withVolume(image: Image): Promise<Snapshot> {
    const [snapshot] = await this.withVolumes([image]);
    return snapshot ?? { image, volumeId: image.volumeId, volumeUuid: null };
  }

  async update(
    principal: Principal,
    id: string,
    changes: { name?: string; description?: string },
  ): Promise<Snapshot> {
    const { image } = await this.get(principal, id);
    return this.withVolume(await this.images.update(principal, image, changes));
  }

  /** Removes the object with its charge and its map. Only the owner may. */
  async remove(principal: Principal, id: string): Promise<void> {
    const { image } = await this.get(principal, id);
    assertOwner(principal, image);
    await this.images.remove(principal, image);
    await this.dataSource.manager.update(
      SnapshotEntity,
      { uuid: image.id },
      { state: 'DELETED', updatedAt: () => 'now()' },
    );
  }

  private async withVolumes(images: readonly Image[]): Promise<Snapshot[]> {
    const ids = images.flatMap(({ volumeId }) => (volumeId === null ? [] : [volumeId]));
    const uuids = await this.volumes.findUuids(ids);
    return images.map((image) => ({
      image,
      volumeId: image.volumeId,
      volumeUuid: uuids.get(image.volumeId ?? 0) ?? null,
    }));
  }
}

function notFound(id: string): ItemNotFound {
  return new ItemNotFound(`Snapshot ${id} could not be found.`);
}
