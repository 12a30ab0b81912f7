import { Injectable } from '@nestjs/common';
import { BadRequest } from '@synnefo/api';

import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import { CopyObject } from '../object/copy-object.js';
import { DeleteObject } from '../object/delete-object.js';
import { MoveObject } from '../object/move-object.js';
import { PostObject } from '../object/post-object.js';
import { PutObject } from '../object/put-object.js';
import { ReadObject } from '../object/read-object.js';

export type Handler = (request: StoreRequest) => Promise<StoreReply>;

/** Verb → operation on an object. */
@Injectable()
export class ObjectLevel {
  readonly handlers: Readonly<Record<string, Handler>>;

  constructor(
    reader: ReadObject,
    putter: PutObject,
    poster: PostObject,
    copier: CopyObject,
    mover: MoveObject,
    deleter: DeleteObject,
  ) {
    const read: Handler = (request) => reader.read(request);
    this.handlers = {
      HEAD: read,
      GET: read,
      PUT: (request) => {
        // a list of parts kept as data would be given back in place of the parts
        if (request.query.get('multipart-manifest') === 'put')
          throw new BadRequest('Static large objects are not supported: use X-Object-Manifest.');
        if (request.headers.has('x-move-from')) return mover.moveFrom(request);
        return request.headers.has('x-copy-from') ? copier.copyFrom(request) : putter.put(request);
      },
      POST: (request) => poster.post(request),
      COPY: (request) => copier.copyTo(request),
      MOVE: (request) => mover.moveTo(request),
      DELETE: (request) => deleter.remove(request),
    };
  }
}
