import { NotAllowed, NotImplemented } from '@synnefo/api';
import { Injectable } from '@nestjs/common';

import { AccountService } from '../account/account.service.js';
import { ContainerService } from '../container/container.service.js';
import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import { CopyObject } from '../object/copy-object.js';
import { DeleteObject } from '../object/delete-object.js';
import { PostObject } from '../object/post-object.js';
import { PutObject } from '../object/put-object.js';
import { ReadObject } from '../object/read-object.js';

type Handler = (request: StoreRequest) => Promise<StoreReply>;

/** Level and verb → operation, for both mounts. */
@Injectable()
export class Dispatcher {
  private readonly levels: Readonly<
    Record<'account' | 'container' | 'object', Readonly<Record<string, Handler>>>
  >;

  constructor(
    account: AccountService,
    container: ContainerService,
    reader: ReadObject,
    putter: PutObject,
    poster: PostObject,
    copier: CopyObject,
    deleter: DeleteObject,
  ) {
    const readObject: Handler = (request) => reader.read(request);
    const readContainer: Handler = (request) => container.read(request);
    const readAccount: Handler = (request) => account.read(request);
    this.levels = {
      account: { HEAD: readAccount, GET: readAccount, POST: (request) => account.post(request) },
      container: {
        HEAD: readContainer,
        GET: readContainer,
        PUT: (request) => container.put(request),
        POST: (request) => container.post(request),
        DELETE: (request) => container.remove(request),
      },
      object: {
        HEAD: readObject,
        GET: readObject,
        PUT: (request) =>
          request.headers.has('x-copy-from') ? copier.copyFrom(request) : putter.put(request),
        POST: (request) => poster.post(request),
        COPY: (request) => copier.copyTo(request),
        DELETE: (request) => deleter.remove(request),
      },
    };
  }

  /** @throws NotAllowed with the verbs of the level; whatever the operation throws */
  async handle(request: StoreRequest): Promise<StoreReply> {
    const level = request.object !== '' ? 'object' : request.container !== '' ? 'container' : 'account';
    const handler = this.levels[level][request.method];
    if (handler) return handler(request);
    if (request.method === 'MOVE' && level === 'object')
      throw new NotImplemented('MOVE is not supported yet.');
    const allowed = Object.keys(this.levels[level]).join(', ');
    throw new NotAllowed(undefined, { headers: { Allow: allowed } });
  }
}
