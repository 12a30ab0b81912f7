import type { Readable } from 'node:stream';

import { Injectable } from '@nestjs/common';
import { Conflict, ItemNotFound, RangeNotSatisfiable } from '@synnefo/api';
import { Archipelago } from '@synnefo/archipelago';

import type { StoreReply } from '../dialect/store-request.js';
import { MapStore } from '../map/map-store.js';
import { EMPTY_CONTENT } from '../object/empty-content.js';
import { objectBytes } from '../object/object-bytes.js';
import { ObjectWriter } from '../object/object-writer.js';
import { parseRange } from '../object/range.js';
import { assertReadable, primed } from '../object/read-object.js';
import { storeBody } from '../object/store-body.js';
import type { ObjectRow } from '../version/versions.js';
import { InternalService } from './internal.service.js';
import type { ObjectRecord } from './object-record.view.js';

/** Bytes of objects, from and to another service. */
@Injectable()
export class InternalTransfer {
  constructor(
    private readonly service: InternalService,
    private readonly writer: ObjectWriter,
    private readonly maps: MapStore,
    private readonly archipelago: Archipelago,
  ) {}

  /** Replaces the bytes of an object; uuid, metadata and permissions stay. @param body `onlyEmpty`: an object that has bytes keeps them */
  async upload(
    user: string,
    uuid: string,
    body: { open: () => Readable; lengthBytes: number | null; onlyEmpty: boolean },
  ): Promise<ObjectRecord> {
    const found = await this.service.getOwned(user, uuid);
    const { path } = found;
    const assertFree = (current: ObjectRow) => {
      if (body.onlyEmpty && current.sizeBytes > 0) throw new Conflict('The object has its data already.');
    };
    assertFree(found);
    const { hashes, ...stored } = await storeBody(body.open(), body.lengthBytes, this.archipelago.blocks);
    const mapName = await this.maps.create({ sizeBytes: stored.sizeBytes, hashes });
    const content = stored.sizeBytes === 0 ? EMPTY_CONTENT : { ...EMPTY_CONTENT, ...stored, mapName };
    try {
      const written = await this.writer.write({
        path,
        actor: user,
        next: (current) => {
          if (current?.uuid !== uuid) throw new ItemNotFound('Object does not exist');
          assertFree(current);
          return { ...current, content };
        },
      });
      return await this.service.record(written);
    } catch (error) {
      await this.maps.discard(mapName);
      throw error;
    }
  }

  /** One range at most. */
  async download(user: string, uuid: string, rangeHeader: string | undefined): Promise<StoreReply> {
    const row = await this.service.getRow(user, uuid);
    assertReadable(row);
    const whole = { first: 0, last: row.sizeBytes - 1 };
    const ranges = parseRange(rangeHeader, row.sizeBytes);
    const range = ranges === null || ranges.length > 1 ? whole : ranges[0];
    if (!range) {
      throw new RangeNotSatisfiable(undefined, { headers: { 'Content-Range': `bytes */${row.sizeBytes}` } });
    }
    const isPart = ranges?.length === 1;
    const headers: Record<string, string> = {
      'Content-Type': row.contentType,
      'Content-Length': String(range.last - range.first + 1),
      ...(isPart ? { 'Content-Range': `bytes ${range.first}-${range.last}/${row.sizeBytes}` } : {}),
    };
    const body = await primed(objectBytes(this.archipelago, [row], range));
    return { status: isPart ? 206 : 200, headers, body };
  }
}
