import { createHash, type Hash } from 'node:crypto';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Conflict } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { PithosClient } from '../pithos-client/pithos-client.js';
import { attributesOf, type Image } from './image-record.js';
import { assertOwner } from './image.service.js';

/**
 * `PUT /v2/images/<id>/file`: the bytes stream through to Pithos. Until the last byte is stored the image stays queued, so a broken upload leaves nothing
 * to repair; when only the digests are missing afterwards, the image is active without them.
 */
@Injectable()
export class UploadImage {
  constructor(private readonly pithos: PithosClient) {}

  /** @throws Conflict when the image has its data already */
  async run(
    principal: Principal,
    image: Image,
    body: Readable,
    contentLength: number | undefined,
  ): Promise<void> {
    assertOwner(principal, image);
    const source = await peek(body, contentLength);
    if (!image.isManaged && source === null) return; // the empty upload that the openstack client sends after a registration (design §9)
    if (image.status !== 'QUEUED') throw new Conflict(`Image ${image.id} has its data already.`);
    if (source === null) {
      await this.pithos.updateMeta(principal.userUuid, image.id, attributesOf({ isQueued: false }));
      return;
    }
    const digests = new DigestStream();
    feed(source, digests);
    const record = await this.pithos.upload(principal.userUuid, image.id, digests, contentLength);
    const hash = record.hash ?? null;
    const attributes = attributesOf({
      isQueued: false,
      ...(hash === null ? {} : { digests: { ...digests.digests(), hash } }),
    });
    await this.pithos.updateMeta(principal.userUuid, image.id, attributes);
  }
}

/** Passes bytes on and remembers their MD5 and SHA-512. */
class DigestStream extends Transform {
  private readonly md5: Hash = createHash('md5');
  private readonly sha512: Hash = createHash('sha512');

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.md5.update(chunk);
    this.sha512.update(chunk);
    done(null, chunk);
  }

  digests(): { md5: string; sha512: string } {
    return { md5: this.md5.digest('hex'), sha512: this.sha512.digest('hex') };
  }
}

/** Null when the body is empty; a body of unknown length is known by its first bytes. */
async function peek(body: Readable, contentLength: number | undefined): Promise<Readable | null> {
  if (contentLength === 0) return null;
  if (contentLength !== undefined) return body;
  const first = await firstChunk(body);
  if (first === null) return null;
  body.unshift(first);
  return body;
}

function firstChunk(body: Readable): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const read = () => {
      const chunk: unknown = body.read();
      if (chunk instanceof Buffer) finish(() => resolve(chunk));
    };
    const end = () => finish(() => resolve(null));
    const fail = (error: Error) => finish(() => reject(error));
    const finish = (settle: () => void) => {
      body.off('readable', read).off('end', end).off('error', fail);
      settle();
    };
    body.on('readable', read).on('end', end).on('error', fail);
  });
}

/** Like `pipeline`, but a failing target leaves the source alone: the connection it comes from still has to carry the answer. */
function feed(source: Readable, target: DigestStream): void {
  source.on('error', (error) => target.destroy(error));
  source.on('close', () => {
    if (!source.readableEnded) target.destroy(new Error('the client broke off the upload'));
  });
  source.pipe(target);
}
