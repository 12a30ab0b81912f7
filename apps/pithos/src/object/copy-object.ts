import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

import { Archipelago } from '@synnefo/archipelago';
import { BadRequest, NotImplemented, PreconditionFailed, RangeNotSatisfiable } from '@synnefo/api';
import { Injectable } from '@nestjs/common';

import { type Dialect, httpDate } from '../dialect/dialect.js';
import { encodeHeader, percentDecode } from '../dialect/header-text.js';
import { mergeMeta, metaFromHeaders, metaHeaders } from '../dialect/meta-headers.js';
import { accountId, parseLocation } from '../dialect/request-path.js';
import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import type { ObjectPath } from '../node/path.js';
import { parseSharing } from '../sharing/sharing-header.js';
import type { ObjectRow } from '../version/versions.js';
import { assertWritable } from './conditions.js';
import { givenType } from './content-type.js';
import { deleteAtOf } from './expiry.js';
import { objectBytes } from './object-bytes.js';
import { ObjectRights } from './object-rights.js';
import { ObjectWriter } from './object-writer.js';
import { validatorsOf } from './object.view.js';
import { created, PutObject, type Upload } from './put-object.js';
import { parseRange } from './range.js';
import { assertReadable, ReadObject } from './read-object.js';
import { storeBody, type StoredBody } from './store-body.js';

/** Server-side copies: `COPY` with `Destination`, `PUT` with `X-Copy-From`. Plain objects share their map: no data moves. */
@Injectable()
export class CopyObject {
  constructor(
    private readonly rights: ObjectRights,
    private readonly reader: ReadObject,
    private readonly putter: PutObject,
    private readonly writer: ObjectWriter,
    private readonly archipelago: Archipelago,
  ) {}

  /** `COPY` of the object that the request names. */
  async copyTo(request: StoreRequest): Promise<StoreReply> {
    const header = request.headers.get('destination');
    const account = accountId(request.headers.get('destination-account') || request.account);
    const destination = { account, ...location(header, 'Destination', request.dialect) };
    return this.copy(request, request, destination);
  }

  /** `PUT` with `X-Copy-From` (or Pithos' `X-Source-Account`). */
  async copyFrom(request: StoreRequest): Promise<StoreReply> {
    const header = request.headers.get('x-copy-from');
    const named = request.headers.get('x-copy-from-account') ?? request.headers.get('x-source-account');
    const account = accountId(named || request.account);
    return this.copy(request, { account, ...location(header, 'X-Copy-From', request.dialect) }, request);
  }

  private async copy(request: StoreRequest, from: ObjectPath, to: ObjectPath): Promise<StoreReply> {
    assertNotRecursive(request);
    const { principal, dialect } = request;
    const target: StoreRequest = { ...request, ...to, openBody: () => request.openBody() };
    const { row: source } = await this.rights.getReadable(principal, from);
    const access = await this.rights.assertMayWrite(principal, to);
    assertReadable(source);
    if (request.method === 'COPY') assertWritable(request.headers, validatorsOf(source));
    const sharing = request.headers.get('x-object-sharing');
    if (sharing !== undefined && access !== 'owner')
      throw new BadRequest('Only the owner can change sharing.');
    const row = await this.writeCopy(target, source);
    await this.rights.share(row.path, sharing === undefined ? null : parseSharing(sharing));
    const reply = created(row, request);
    return {
      ...reply,
      headers: {
        ...reply.headers,
        ...metaHeaders(row.attributes['pithos'] ?? {}, dialect),
        'X-Copied-From': encodeURIComponent(`${from.container}/${from.object}`).replace(/%2F/g, '/'),
        'X-Copied-From-Account': encodeHeader(from.account, dialect),
        'X-Copied-From-Last-Modified': httpDate(source.modifiedAt),
      },
    };
  }

  private async writeCopy(target: StoreRequest, source: ObjectRow): Promise<ObjectRow> {
    const isVerbatim = target.dialect === 'pithos' || target.query.get('multipart-manifest') === 'get';
    const manifest = isVerbatim ? null : await this.reader.findManifest(source);
    const upload: Upload = {
      contentType: copiedType(target, source),
      meta: copiedMeta(target, source, manifest !== null),
      deleteAt: deleteAtOf(target.headers) ?? source.deleteAt,
      sharing: null,
    };
    const isPart = target.dialect === 'swift' && target.headers.has('range');
    if (manifest !== null || isPart) {
      return this.putter.commit(target, upload, await this.storePart(target, manifest?.parts ?? [source]));
    }
    return this.writer.write({
      path: { account: target.account, container: target.container, object: target.object },
      actor: target.principal.userUuid,
      source,
      next: (current) => {
        if (target.method === 'PUT') assertWritable(target.headers, current && validatorsOf(current));
        return {
          content: source,
          contentType: upload.contentType,
          uuid: current?.serial === source.serial ? source.uuid : randomUUID(),
          attributes: { ...source.attributes, pithos: upload.meta },
          deleteAt: upload.deleteAt,
        };
      },
    });
  }

  /** Stores the bytes of a large object, or of a range, as an object of their own. */
  private storePart(target: StoreRequest, segments: readonly ObjectRow[]): Promise<StoredBody> {
    const sizeBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
    const ranges = parseRange(target.headers.get('range'), sizeBytes) ?? [{ first: 0, last: sizeBytes - 1 }];
    const [wanted] = ranges;
    if (!wanted || ranges.length > 1) throw new RangeNotSatisfiable();
    const bytes = objectBytes(this.archipelago, segments, wanted);
    return storeBody(
      Readable.from(bytes, { objectMode: false, highWaterMark: 1 }),
      null,
      this.archipelago.blocks,
    );
  }
}

/** The source's type unless the request names another; kamaki sends `ignore_content_type` with a type that it does not mean. */
export function copiedType({ query, headers }: StoreRequest, source: ObjectRow): string {
  const given = query.has('ignore_content_type') ? undefined : givenType(headers);
  return given ?? source.contentType;
}

/** Whole folders (`delimiter`) would need many versions at once; one object alone would look like success. @throws NotImplemented */
export function assertNotRecursive({ query }: StoreRequest): void {
  if (query.has('delimiter')) throw new NotImplemented('Recursive copies and moves are not supported yet.');
}

/** Metadata of a copy: the source's with the request's laid over it. @throws BadRequest beyond the limits */
export function copiedMeta(
  request: StoreRequest,
  source: ObjectRow,
  isMaterialised: boolean,
): Record<string, string> {
  const isFresh =
    request.dialect === 'swift' && request.headers.get('x-fresh-metadata')?.toLowerCase() === 'true';
  const previous = { ...(isFresh ? {} : source.attributes['pithos']) };
  if (isMaterialised) delete previous['X-Object-Manifest'];
  return mergeMeta(previous, metaFromHeaders(request.headers, 'object', request.dialect));
}

/** @throws PreconditionFailed (Swift), BadRequest (Pithos) on a missing or malformed location */
export function location(
  header: string | undefined,
  name: string,
  dialect: Dialect,
): { container: string; object: string } {
  const text = header === undefined ? '' : dialect === 'swift' ? percentDecode(header) : header;
  const found = dialect === 'pithos' && !text.startsWith('/') ? null : parseLocation(text);
  if (found) return found;
  const message = `${name} must be of the form /<container>/<object>`;
  throw dialect === 'swift' ? new PreconditionFailed(message) : new BadRequest(message);
}
