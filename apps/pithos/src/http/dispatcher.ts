import { Injectable } from '@nestjs/common';
import { NotAllowed } from '@synnefo/api';

import { AccountService } from '../account/account.service.js';
import { BulkDelete } from '../account/bulk-delete.js';
import { ContainerService } from '../container/container.service.js';
import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import { type Handler, ObjectLevel } from './object-level.js';

type Level = 'account' | 'container' | 'object';

/** Level and verb → operation, for both mounts. */
@Injectable()
export class Dispatcher {
  private readonly levels: Readonly<Record<Level, Readonly<Record<string, Handler>>>>;

  constructor(
    account: AccountService,
    container: ContainerService,
    object: ObjectLevel,
    private readonly bulk: BulkDelete,
  ) {
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
      object: object.handlers,
    };
  }

  /** @throws NotAllowed with the verbs of the level; whatever the operation throws */
  async handle(request: StoreRequest): Promise<StoreReply> {
    if (isBulkDelete(request)) return this.bulk.run(request);
    const level = levelOf(request);
    const handler = this.levels[level][request.method];
    if (handler) return handler(request);
    const allowed = Object.keys(this.levels[level]).join(', ');
    throw new NotAllowed(undefined, { headers: { Allow: allowed } });
  }
}

function levelOf({ container, object }: StoreRequest): Level {
  if (object !== '') return 'object';
  return container === '' ? 'account' : 'container';
}

function isBulkDelete({ dialect, method, query }: StoreRequest): boolean {
  return dialect === 'swift' && query.has('bulk-delete') && (method === 'POST' || method === 'DELETE');
}
