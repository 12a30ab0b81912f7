import { BadRequest, Forbidden, ItemNotFound, NotImplemented } from '@synnefo/api';
import { Injectable } from '@nestjs/common';

import { metaFromHeaders, mergeMeta } from '../dialect/meta-headers.js';
import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import { parseSharing } from '../sharing/sharing-header.js';
import type { ObjectRow } from '../version/versions.js';
import { assertWritable } from './conditions.js';
import { givenType } from './content-type.js';
import { deleteAtOf } from './expiry.js';
import { ObjectRights } from './object-rights.js';
import { type NextVersion, ObjectWriter } from './object-writer.js';
import { validatorsOf } from './object.view.js';

/** POST of an object: metadata and sharing. Partial data updates (`Content-Range`) do not exist yet. */
@Injectable()
export class PostObject {
  constructor(
    private readonly rights: ObjectRights,
    private readonly writer: ObjectWriter,
  ) {}

  async post(request: StoreRequest): Promise<StoreReply> {
    const { headers, query, dialect } = request;
    if (headers.has('content-range') || headers.has('x-source-object'))
      throw new NotImplemented('Partial updates are not supported yet.');
    if (dialect === 'pithos' && headers.get('content-type') === 'application/octet-stream') {
      throw new BadRequest('Missing Content-Range header');
    }
    const { row, access } = await this.rights.getReadable(request.principal, request);
    if (access === 'read') throw new Forbidden();
    assertWritable(headers, validatorsOf(row));
    const sharing = headers.get('x-object-sharing');
    if (sharing !== undefined) {
      if (access !== 'owner') throw new Forbidden('Only the owner can change sharing.');
      await this.rights.share(row.path, parseSharing(sharing));
    }
    const given = metaFromHeaders(headers, 'object', dialect);
    const isMerge = dialect === 'pithos' && query.has('update');
    if (isMerge && Object.keys(given).length === 0) return accepted({});
    const written = await this.writer.write({
      path: row.path,
      actor: request.principal.userUuid,
      next: (current) => {
        if (!current) throw new ItemNotFound('Object does not exist');
        return nextVersion(
          request,
          current,
          mergeMeta(isMerge ? (current.attributes['pithos'] ?? {}) : {}, given),
        );
      },
    });
    return accepted({ 'X-Object-Version': written.serial });
  }
}

function nextVersion(request: StoreRequest, current: ObjectRow, meta: Record<string, string>): NextVersion {
  const type = request.dialect === 'swift' ? givenType(request.headers) : undefined;
  return {
    content: current,
    contentType: type ?? current.contentType,
    uuid: current.uuid,
    attributes: { ...current.attributes, pithos: meta },
    deleteAt: request.dialect === 'swift' ? deleteAtOf(request.headers) : current.deleteAt,
  };
}

function accepted(headers: Record<string, string>): StoreReply {
  return { status: 202, headers: { 'Content-Type': 'text/html; charset=UTF-8', ...headers } };
}
