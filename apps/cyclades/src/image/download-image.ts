import { Injectable } from '@nestjs/common';
import { Forbidden } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import type { FastifyReply } from 'fastify';
import { PithosClient } from '../pithos-client/pithos-client.js';
import type { Image } from './image-record.js';

/** `GET /v2/images/<id>/file`: the object's bytes, as Pithos streams them; ranges pass through. */
@Injectable()
export class DownloadImage {
  constructor(private readonly pithos: PithosClient) {}

  async run(
    principal: Principal,
    image: Image,
    range: string | undefined,
    reply: FastifyReply,
  ): Promise<void> {
    if (image.isDeactivated && image.owner !== principal.userUuid)
      throw new Forbidden(`Image ${image.id} is deactivated.`);
    if (image.sizeBytes === 0) {
      await reply.code(204).send();
      return;
    }
    const download = await this.pithos.download(principal.userUuid, image.id, range);
    const headers: Record<string, string> = {
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
    };
    if (download.headers.contentLength !== undefined)
      headers['content-length'] = download.headers.contentLength;
    if (download.headers.contentRange !== undefined) headers['content-range'] = download.headers.contentRange;
    if (image.md5 !== null && download.status === 200) headers['content-md5'] = image.md5;
    await reply.code(download.status).headers(headers).send(download.body);
  }
}
