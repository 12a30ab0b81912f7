/**
 * The volumes of a server, made and released inside the transactions of its creation and its end.
 */
import type { EntityManager } from 'typeorm';
import type { ServerImage } from '../image/image.service.js';
import { VolumeEntity } from './volume.entity.js';

/** One disk of a new server, in order; the first is the root disk. */
export interface RequestedVolume {
  /** Null: an empty disk. */
  readonly image: ServerImage | null;
  readonly sizeGib: number;
  readonly deletesOnTermination: boolean;
}

export interface VolumesRequest {
  readonly serverId: number;
  readonly userUuid: string;
  readonly project: string;
  readonly sharedToProject: boolean;
  readonly volumeTypeId: number;
  readonly volumes: readonly RequestedVolume[];
}

export class VolumesForServer {
  /** Inserts the rows: status CREATING, `index` = position, origin = the image's map. */
  async create(tx: EntityManager, request: VolumesRequest): Promise<VolumeEntity[]> {
    const rows = request.volumes.map((volume, index) =>
      tx.create(VolumeEntity, {
        name: null,
        userUuid: request.userUuid,
        project: request.project,
        sharedToProject: request.sharedToProject,
        sizeGib: volume.sizeGib,
        volumeTypeId: request.volumeTypeId,
        deletesOnTermination: volume.deletesOnTermination,
        source:
          volume.image === null
            ? null
            : `${volume.image.isSnapshot ? 'snapshot' : 'image'}:${volume.image.uuid}`,
        originMap: volume.image?.mapName ?? null,
        originSizeBytes: volume.image?.sizeBytes ?? null,
        imageMetadata: { ...volume.image?.properties },
        serverId: request.serverId,
        index,
      }),
    );
    return tx.save(rows);
  }

  /** The instance is gone, and its disks with it. */
  async release(tx: EntityManager, serverId: number): Promise<void> {
    await tx.query(
      `UPDATE volume SET status = 'DELETED', is_deleted = true, deleted_at = now(), updated_at = now(), server_id = NULL WHERE server_id = $1`,
      [serverId],
    );
  }
}
