import { randomUUID } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { Archipelago, BlockMissing, merkleRoot } from '@synnefo/archipelago';
import {
  BadRequest,
  Forbidden,
  LengthRequired,
  NotImplemented,
  RequestEntityTooLarge,
  UnprocessableEntity,
} from '@synnefo/api';

import { httpDate } from '../dialect/dialect.js';
import { metaFromHeaders, mergeMeta } from '../dialect/meta-headers.js';
import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import { ChecksumQueue } from '../hashmap/checksum.queue.js';
import { BLOCK_SIZE_BYTES, EMPTY_HASH, type Hashmap, parseHashmap } from '../hashmap/hashmap.js';
import { MapStore } from '../map/map-store.js';
import { parseSharing, type Permissions } from '../sharing/sharing-header.js';
import type { ObjectAccess } from '../sharing/object-access.js';
import type { Content, ObjectRow } from '../version/versions.js';
import { assertWritable, bare } from './conditions.js';
import { uploadType } from './content-type.js';
import { EMPTY_CONTENT } from './empty-content.js';
import { deleteAtOf } from './expiry.js';
import { ObjectRights } from './object-rights.js';
import { ObjectWriter } from './object-writer.js';
import { etagOf, validatorsOf } from './object.view.js';
import { Room } from './room.js';
import { MAX_BODY_BYTES, readSmallBody, storeBody } from './store-body.js';

/** A hashmap document of 1 Mi blocks is about 70 MB. */
const HASHMAP_BODY_BYTES = 80 * 1024 * 1024;

export interface Upload {
  readonly contentType: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly deleteAt: Date | null;
  readonly sharing: Permissions | null;
}

/** PUT of an object: body, or hashmap (`?hashmap`). */
@Injectable()
export class PutObject {
  constructor(
    private readonly rights: ObjectRights,
    private readonly archipelago: Archipelago,
    private readonly maps: MapStore,
    private readonly writer: ObjectWriter,
    private readonly checksums: ChecksumQueue,
    private readonly room: Room,
  ) {}

  async put(request: StoreRequest): Promise<StoreReply> {
    const access = await this.rights.assertMayWrite(request.principal, request);
    const upload = this.uploadOf(request, access);
    const lengthBytes = bodyLength(request);
    const current = await this.rights.findCurrent(request);
    if (current?.isSnapshot === true) throw new Forbidden('Cannot overwrite a snapshot.');
    assertWritable(request.headers, current && validatorsOf(current));
    if (request.query.has('hashmap')) return this.putHashmap(request, upload);
    if (lengthBytes !== null && isWorthAsking(request, lengthBytes))
      await this.room.assertFor(request, lengthBytes - (current?.sizeBytes ?? 0));
    const stored = await storeBody(request.openBody(), lengthBytes, this.archipelago.blocks);
    const expected = request.headers.get('etag');
    if (expected !== undefined && bare(expected) !== stored.checksum) {
      throw new UnprocessableEntity('The ETag does not match the MD5 of the data.');
    }
    const row = await this.commit(request, upload, stored);
    return created(row, request);
  }

  /** Writes a version with new bytes whose blocks are stored. Metadata of other domains is carried over. */
  async commit(
    request: StoreRequest,
    upload: Upload,
    stored: Hashmap & Pick<Content, 'hash' | 'checksum'>,
  ): Promise<ObjectRow> {
    const mapName = await this.maps.create(stored);
    try {
      const row = await this.writer.write({
        path: { account: request.account, container: request.container, object: request.object },
        actor: request.principal.userUuid,
        next: (current) => {
          assertWritable(request.headers, current && validatorsOf(current));
          return {
            content: {
              mapName,
              sizeBytes: stored.sizeBytes,
              hash: stored.hash,
              checksum: stored.sizeBytes === 0 ? EMPTY_CONTENT.checksum : stored.checksum,
              isSnapshot: false,
              available: 1,
            },
            contentType: upload.contentType,
            uuid: current?.uuid ?? randomUUID(),
            attributes: { ...current?.attributes, pithos: upload.meta },
            deleteAt: upload.deleteAt,
          };
        },
      });
      await this.rights.share(row.path, upload.sharing);
      return row;
    } catch (error) {
      await this.maps.discard(mapName);
      throw error;
    }
  }

  private uploadOf(request: StoreRequest, access: ObjectAccess): Upload {
    const { headers, dialect } = request;
    const sharing = headers.get('x-object-sharing');
    if (sharing !== undefined && access !== 'owner')
      throw new Forbidden('Only the owner can change sharing.');
    const noneMatch = headers.get('if-none-match');
    if (dialect === 'swift' && noneMatch !== undefined && noneMatch !== '*') {
      throw new BadRequest('If-None-Match only supports *');
    }
    return {
      contentType: uploadType(headers, request.object, dialect),
      meta: mergeMeta({}, metaFromHeaders(headers, 'object', dialect)),
      deleteAt: deleteAtOf(headers),
      sharing: sharing === undefined ? null : parseSharing(sharing),
    };
  }

  private async putHashmap(request: StoreRequest, upload: Upload): Promise<StoreReply> {
    const map = parseHashmap(await readSmallBody(request.openBody(), HASHMAP_BODY_BYTES));
    const missing = await this.archipelago.blocks.missing(map.hashes);
    if (missing.length > 0) return missingBlocks(missing);
    const hash = map.hashes.length === 0 ? EMPTY_HASH : merkleRoot(map.hashes).toString('hex');
    try {
      const row = await this.commit(request, upload, { ...map, hash, checksum: '' });
      if (row.mapName !== null) await this.checksums.add(row.mapName);
      return created(row, request);
    } catch (error) {
      if (error instanceof BlockMissing) return missingBlocks(error.hashes);
      throw error;
    }
  }
}

/** Whether a refusal before the body saves the client more than the question costs. */
function isWorthAsking({ headers }: StoreRequest, lengthBytes: number): boolean {
  return headers.has('expect') || lengthBytes > BLOCK_SIZE_BYTES;
}

/** 409 with the list of missing hashes: not a fault, the request is repeated after they are sent (storage spec §1.5.5). */
function missingBlocks(hashes: readonly Buffer[]): StoreReply {
  const names = [...new Set(hashes.map((hash) => hash.toString('hex')))];
  return {
    status: 409,
    headers: { 'Content-Type': 'application/json; charset=UTF-8' },
    body: JSON.stringify(names),
  };
}

export function created(row: ObjectRow, request: StoreRequest): StoreReply {
  const etag = etagOf(row, null, request.dialect);
  return {
    status: 201,
    headers: {
      'Content-Type':
        request.dialect === 'swift' ? 'text/html; charset=UTF-8' : 'application/json; charset=UTF-8',
      'Last-Modified': httpDate(row.modifiedAt),
      'X-Object-Version': row.serial,
      'X-Object-UUID': row.uuid,
      'X-Object-Hash': row.hash ?? '',
      ...(etag === undefined ? {} : { ETag: etag }),
    },
  };
}

/** @returns null for a chunked body. @throws LengthRequired, BadRequest, RequestEntityTooLarge, NotImplemented */
export function bodyLength(request: StoreRequest): number | null {
  const { headers } = request;
  const length = headers.get('content-length');
  if (length === undefined) {
    const coding = headers.get('transfer-encoding')?.toLowerCase();
    if (coding === 'chunked') return null;
    if (coding !== undefined) throw new NotImplemented('Unsupported Transfer-Encoding.');
    throw new LengthRequired('Missing Content-Length header');
  }
  if (!/^\d+$/.test(length)) throw new BadRequest('Invalid Content-Length header');
  if (Number(length) > MAX_BODY_BYTES) throw new RequestEntityTooLarge('Maximum size is reached');
  return Number(length);
}
