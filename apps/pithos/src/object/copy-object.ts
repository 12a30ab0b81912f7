import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

import { Archipelago } from '@synnefo/archipelago';
import { BadRequest, PreconditionFailed, RangeNotSatisfiable } from '@synnefo/api';
import { Injectable } from '@nestjs/common';

import { type Dialect, httpDate } from '../dialect/dialect.js';
import { encodeHeader, percentDecode } from '../dialect/header-text.js';
import { metaFromHeaders, mergeMeta } from '../dialect/meta-headers.js';
import { accountId, parseLocation } from '../dialect/request-path.js';
import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import type { ObjectPath } from '../node/path.js';
import { parseSharing } from '../sharing/sharing-header.js';
import type { ObjectRow } from '../version/version.repository.js';
import { assertWritable } from './conditions.js';
import { deleteAtOf } from './expiry.js';
import { objectBytes } from './object-bytes.js';
import { ObjectWriter } from './object-writer.js';
import { metaHeaders, validatorsOf } from './object.view.js';
import { created, PutObject } from './put-object.js';
import { parseRange } from './range.js';
import { assertReadable, ReadObject } from './read-object.js';
import { storeBody } from './store-body.js';

/** Server-side copies: `COPY` with `Destination`, `PUT` with `X-Copy-From`. Plain objects share their map: no data moves. */
@Injectable()
export class CopyObject {
  constructor(
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
    const { principal, dialect } = request;
    const target: StoreRequest = { ...request, ...to, openBody: () => request.openBody() };
    const { row: source } = await this.reader.getReadable({ ...from, principal });
    const access = await this.putter.assertMayWrite(target);
    assertReadable(source);
    if (request.method === 'COPY') assertWritable(request.headers, validatorsOf(source));
    const sharing = request.headers.get('x-object-sharing');
    if (sharing !== undefined && access !== 'owner')
      throw new BadRequest('Only the owner can change sharing.');
    const row = await this.writeCopy(target, source);
    await this.putter.share(target, sharing === undefined ? null : parseSharing(sharing));
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
    const { headers, query } = target;
    const manifest =
      query.get('multipart-manifest') === 'get' || target.dialect === 'pithos'
        ? null
        : await this.reader.findManifest(source);
    const contentType = headers.get('content-type') || source.contentType;
    const meta = copiedMeta(target, source, manifest !== null);
    const range = headers.get('range');
    if (manifest !== null || (range !== undefined && target.dialect === 'swift')) {
      const segments = manifest?.parts ?? [source];
      const sizeBytes = manifest?.sizeBytes ?? source.sizeBytes;
      const ranges = parseRange(range, sizeBytes) ?? [{ first: 0, last: sizeBytes - 1 }];
      const [wanted] = ranges;
      if (!wanted || ranges.length > 1) throw new RangeNotSatisfiable();
      const body = Readable.from(objectBytes(this.archipelago, segments, wanted), {
        objectMode: false,
        highWaterMark: 1,
      });
      const stored = await storeBody(body, null, this.archipelago.blocks);
      return this.putter.commit(
        target,
        { contentType, meta, deleteAt: deleteAtOf(headers), sharing: null },
        stored,
      );
    }
    return this.writer.write({
      path: { account: target.account, container: target.container, object: target.object },
      actor: target.principal.userUuid,
      source,
      next: (current) => {
        if (target.method === 'PUT') assertWritable(headers, current && validatorsOf(current));
        const isSelf = current?.serial === source.serial;
        return {
          content: source,
          contentType,
          uuid: isSelf ? source.uuid : randomUUID(),
          attributes: { ...source.attributes, pithos: meta },
          deleteAt: deleteAtOf(headers) ?? source.deleteAt,
        };
      },
    });
  }
}

function copiedMeta(
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
function location(
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
