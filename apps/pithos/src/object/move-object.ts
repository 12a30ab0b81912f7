import { Forbidden } from '@synnefo/api';
import { Injectable } from '@nestjs/common';

import { accountId } from '../dialect/request-path.js';
import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import type { ObjectPath } from '../node/path.js';
import { parseSharing } from '../sharing/sharing-header.js';
import type { ObjectRow } from '../version/versions.js';
import { assertWritable } from './conditions.js';
import { assertNotRecursive, copiedMeta, copiedType, location } from './copy-object.js';
import { deleteAtOf } from './expiry.js';
import { ObjectRights } from './object-rights.js';
import { type NextVersion, ObjectWriter } from './object-writer.js';
import { validatorsOf } from './object.view.js';
import { created } from './put-object.js';

/**
 * Server-side moves: `PUT` with `X-Move-From`, `MOVE` with `Destination`, on either mount. The object keeps its uuid, bytes and
 * metadata; what it was shared with is left behind (storage spec §1.5.8). Only the source's owner moves.
 */
@Injectable()
export class MoveObject {
  constructor(
    private readonly rights: ObjectRights,
    private readonly writer: ObjectWriter,
  ) {}

  /** `MOVE` of the object that the request names. */
  async moveTo(request: StoreRequest): Promise<StoreReply> {
    const { headers, dialect } = request;
    const account = accountId(headers.get('destination-account') || request.account);
    const to = { account, ...location(headers.get('destination'), 'Destination', dialect) };
    return this.move(request, pathOf(request), to);
  }

  /** `PUT` with `X-Move-From`. */
  async moveFrom(request: StoreRequest): Promise<StoreReply> {
    const { headers, dialect } = request;
    const account = accountId(headers.get('x-source-account') || request.account);
    const from = { account, ...location(headers.get('x-move-from'), 'X-Move-From', dialect) };
    return this.move(request, from, pathOf(request));
  }

  private async move(request: StoreRequest, from: ObjectPath, to: ObjectPath): Promise<StoreReply> {
    const { principal, headers } = request;
    assertNotRecursive(request);
    if (from.account !== principal.userUuid) throw new Forbidden('Only the owner can move an object.');
    const access = await this.rights.assertMayWrite(principal, to);
    const sharing = headers.get('x-object-sharing');
    if (sharing !== undefined && access !== 'owner')
      throw new Forbidden('Only the owner can change sharing.');
    const permissions = sharing === undefined ? null : parseSharing(sharing);
    const row = await this.writer.move({
      from,
      to,
      actor: principal.userUuid,
      next: (source, replaced) => {
        const judged = request.method === 'MOVE' ? source : replaced;
        assertWritable(headers, judged && validatorsOf(judged));
        return movedVersion(request, source);
      },
    });
    await this.rights.share(row.path, permissions);
    return created(row, request);
  }
}

function movedVersion(request: StoreRequest, source: ObjectRow): NextVersion {
  return {
    content: source,
    contentType: copiedType(request, source),
    uuid: source.uuid,
    attributes: { ...source.attributes, pithos: copiedMeta(request, source, false) },
    deleteAt: deleteAtOf(request.headers) ?? source.deleteAt,
  };
}

function pathOf({ account, container, object }: StoreRequest): ObjectPath {
  return { account, container, object };
}
