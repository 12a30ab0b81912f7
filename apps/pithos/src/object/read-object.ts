import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

import { Archipelago, NotHashed } from '@synnefo/archipelago';
import { BadRequest, Conflict, Forbidden, RangeNotSatisfiable } from '@synnefo/api';
import { DataSource } from '@synnefo/database';
import { Injectable } from '@nestjs/common';

import { encodeHeader, percentDecode } from '../dialect/header-text.js';
import { parseLocation } from '../dialect/request-path.js';
import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import { hashmapDocument } from '../hashmap/hashmap.js';
import { LIST_LIMIT } from '../container/listing-query.js';
import { SharingService } from '../sharing/sharing.service.js';
import { type ObjectRow, Versions } from '../version/versions.js';
import { isNotModified } from './conditions.js';
import { ObjectRights } from './object-rights.js';
import { etagOf, type Manifest, manifestOf, objectHeaders, validatorsOf } from './object.view.js';
import { type ByteRange, parseRange } from './range.js';
import { objectBytes } from './object-bytes.js';

/** GET and HEAD of objects: data, ranges, hashmap. */
@Injectable()
export class ReadObject {
  constructor(
    private readonly dataSource: DataSource,
    private readonly versions: Versions,
    private readonly sharing: SharingService,
    private readonly rights: ObjectRights,
    private readonly archipelago: Archipelago,
  ) {}

  async read(request: StoreRequest): Promise<StoreReply> {
    const { row, access } = await this.rights.getReadable(request.principal, request);
    const { manager } = this.dataSource;
    const isWhole = request.query.get('multipart-manifest') !== 'get' && !request.query.has('hashmap');
    const manifest = isWhole ? await this.findManifest(row) : null;
    const sharing = await this.sharing.findEffective(manager, row.path);
    const headers = objectHeaders(row, { dialect: request.dialect, access, manifest, sharing });
    if (isNotModified(request.headers, validatorsOf(row, manifest))) {
      const etag = etagOf(row, manifest, request.dialect);
      return {
        status: 304,
        headers: { 'Last-Modified': headers['Last-Modified'] ?? '', ...(etag ? { ETag: etag } : {}) },
      };
    }
    if (request.method === 'HEAD') {
      return {
        status: 200,
        headers: { ...headers, 'Content-Length': String(manifest?.sizeBytes ?? row.sizeBytes) },
      };
    }
    assertReadable(row);
    if (request.query.has('hashmap')) return this.hashmap(row, request, headers);
    return this.data(row, { request, headers, manifest });
  }

  /** The parts of a dynamic large object, read at this moment (storage spec §1.5.12); null for other objects. */
  async findManifest(row: ObjectRow): Promise<Manifest | null> {
    const value = row.attributes['pithos']?.['X-Object-Manifest'];
    if (value === undefined) return null;
    const location = parseLocation(percentDecode(value));
    if (!location) throw new BadRequest('X-Object-Manifest must be <container>/<prefix>.');
    const prefix = { account: row.path.account, ...location };
    return manifestOf(await this.versions.listByPrefix(this.dataSource.manager, prefix, LIST_LIMIT));
  }

  private async hashmap(
    row: ObjectRow,
    request: StoreRequest,
    headers: Record<string, string>,
  ): Promise<StoreReply> {
    const kind = request.query.get('format') === 'xml' ? 'xml' : 'json';
    const map = { sizeBytes: row.sizeBytes, hashes: await this.hashesOf(row) };
    const body = hashmapDocument(map, kind, row.path.object);
    return {
      status: 200,
      headers: { ...headers, 'Content-Type': `application/${kind}; charset=UTF-8` },
      body,
    };
  }

  private async hashesOf(row: ObjectRow): Promise<Buffer[]> {
    if (row.mapName === null) return [];
    try {
      return await (await this.archipelago.reader(row.mapName)).hashes();
    } catch (error) {
      if (!(error instanceof NotHashed)) throw error;
      const options = { cause: error, headers: { 'Retry-After': '60' } };
      throw new Conflict('The blocks of this snapshot have no content names yet.', options);
    }
  }

  private async data(
    row: ObjectRow,
    {
      request,
      headers,
      manifest,
    }: { request: StoreRequest; headers: Record<string, string>; manifest: Manifest | null },
  ): Promise<StoreReply> {
    const sizeBytes = manifest?.sizeBytes ?? row.sizeBytes;
    const segments = manifest?.parts ?? [row];
    const given = disposition(row, request.query.get('disposition-type'), headers['Content-Disposition']);
    if (request.dialect === 'pithos') headers['Content-Disposition'] = given;
    const bytes = (range: ByteRange) => objectBytes(this.archipelago, segments, range);
    const ranges = this.rangesOf(request, row, { manifest, sizeBytes });
    const whole = { first: 0, last: sizeBytes - 1 };
    if (ranges === null || (manifest && ranges.length > 1)) {
      return {
        status: 200,
        headers: { ...headers, 'Content-Length': String(sizeBytes) },
        body: await primed(bytes(whole)),
      };
    }
    const [range] = ranges;
    if (!range) {
      const unsatisfied = { 'Content-Range': `bytes */${sizeBytes}` };
      throw new RangeNotSatisfiable(undefined, { headers: unsatisfied });
    }
    if (ranges.length > 1) return multipart(ranges, { sizeBytes, headers, bytes });
    const contentRange = `bytes ${range.first}-${range.last}/${sizeBytes}`;
    const length = String(range.last - range.first + 1);
    return {
      status: 206,
      headers: { ...headers, 'Content-Range': contentRange, 'Content-Length': length },
      body: await primed(bytes(range)),
    };
  }

  /** `If-Range` by ETag or date: when it fails, the whole object is sent. */
  private rangesOf(
    request: StoreRequest,
    row: ObjectRow,
    { manifest, sizeBytes }: { manifest: Manifest | null; sizeBytes: number },
  ): ByteRange[] | null {
    const ifRange = request.headers.get('if-range');
    if (ifRange !== undefined) {
      const etag = ifRange.replace(/^"(.*)"$/, '$1').toLowerCase();
      const sameDate = Date.parse(ifRange) === Math.floor(Number(row.modifiedAt)) * 1000;
      if (!sameDate && !validatorsOf(row, manifest).etags.includes(etag)) return null;
    }
    return parseRange(request.headers.get('range'), sizeBytes);
  }
}

/** @throws Forbidden while a snapshot is not there yet; BadRequest when it is broken (storage spec §4.1) */
export function assertReadable(row: ObjectRow): void {
  if (row.available === 0) throw new Forbidden('Unable to retrieve Archipelago volume hashmap');
  if (row.available < 0) throw new BadRequest('This Archipelago volume is broken.');
}

function disposition(row: ObjectRow, forced: string | null, own: string | undefined): string {
  const name = `filename="${row.path.object.replace(/["\\]/g, '\\$&')}"`;
  if (forced === 'inline' || forced === 'attachment') return encodeHeader(`${forced}; ${name}`, 'pithos');
  return own ?? encodeHeader(`inline; ${name}`, 'pithos');
}

/** Reads the first piece before any header is sent, so that a block that is missing is an error, not a broken stream. */
export async function primed(bytes: AsyncGenerator<Buffer>): Promise<Readable> {
  const first = await bytes.next();
  async function* all(): AsyncGenerator<Buffer> {
    if (first.done === true) return;
    yield first.value;
    yield* bytes;
  }
  return Readable.from(all(), { objectMode: false, highWaterMark: 1 });
}

function multipart(
  ranges: readonly ByteRange[],
  {
    sizeBytes,
    headers,
    bytes,
  }: {
    sizeBytes: number;
    headers: Record<string, string>;
    bytes: (range: ByteRange) => AsyncGenerator<Buffer>;
  },
): StoreReply {
  const boundary = randomBytes(16).toString('hex');
  const type = headers['Content-Type'] ?? '';
  const heads = ranges.map(({ first, last }, index) =>
    Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${type}\r\n` +
        `Content-Range: bytes ${first}-${last}/${sizeBytes}\r\n\r\n`,
      'latin1',
    ),
  );
  const end = Buffer.from(`\r\n--${boundary}--`);
  async function* parts(): AsyncGenerator<Buffer> {
    for (const [index, range] of ranges.entries()) {
      yield heads[index] ?? end;
      yield* bytes(range);
    }
    yield end;
  }
  const dataBytes = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const length = heads.reduce((sum, head) => sum + head.length, dataBytes + end.length);
  return {
    status: 206,
    headers: {
      ...headers,
      'Content-Type': `multipart/byteranges; boundary=${boundary}`,
      'Content-Length': String(length),
    },
    body: Readable.from(parts(), { objectMode: false, highWaterMark: 1 }),
  };
}
