import { Archipelago } from '@synnefo/archipelago';
import { RangeNotSatisfiable } from '@synnefo/api';
import { Injectable } from '@nestjs/common';

import type { StoreReply } from '../dialect/store-request.js';
import { objectBytes } from '../object/object-bytes.js';
import { parseRange } from '../object/range.js';
import { assertReadable, primed } from '../object/read-object.js';
import { InternalService } from './internal.service.js';

/** The bytes of an object for another service; one range at most. */
@Injectable()
export class InternalDownload {
  constructor(
    private readonly service: InternalService,
    private readonly archipelago: Archipelago,
  ) {}

  async open(user: string, uuid: string, rangeHeader: string | undefined): Promise<StoreReply> {
    const row = await this.service.getRow(user, uuid);
    assertReadable(row);
    const whole = { first: 0, last: row.sizeBytes - 1 };
    const ranges = parseRange(rangeHeader, row.sizeBytes);
    const range = ranges === null || ranges.length > 1 ? whole : ranges[0];
    if (!range)
      throw new RangeNotSatisfiable(undefined, { headers: { 'Content-Range': `bytes */${row.sizeBytes}` } });
    const isPart = ranges?.length === 1;
    const headers: Record<string, string> = {
      'Content-Type': row.contentType,
      'Content-Length': String(range.last - range.first + 1),
      ...(isPart ? { 'Content-Range': `bytes ${range.first}-${range.last}/${row.sizeBytes}` } : {}),
    };
    return {
      status: isPart ? 206 : 200,
      headers,
      body: await primed(objectBytes(this.archipelago, [row], range)),
    };
  }
}
