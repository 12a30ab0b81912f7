import { Forbidden } from '@synnefo/api';
import { Injectable } from '@nestjs/common';

import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import { assertWritable } from './conditions.js';
import { ObjectWriter } from './object-writer.js';
import { validatorsOf } from './object.view.js';

/** DELETE of an object: its owner only. No history is kept, so its map goes when no other version shares it. */
@Injectable()
export class DeleteObject {
  constructor(private readonly writer: ObjectWriter) {}

  async remove(request: StoreRequest): Promise<StoreReply> {
    if (request.account !== request.principal.userUuid) throw new Forbidden();
    const path = { account: request.account, container: request.container, object: request.object };
    await this.writer.remove(path, (current) => assertWritable(request.headers, validatorsOf(current)));
    return { status: 204, headers: { 'Content-Type': 'text/html; charset=UTF-8' } };
  }
}
