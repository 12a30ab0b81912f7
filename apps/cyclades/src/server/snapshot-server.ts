import { Injectable } from '@nestjs/common';
import { BadRequest, NotImplemented } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import type { ServerRecord } from './server.repository.js';

/** `createImage`: a snapshot of the root volume, which is an image at once. */
@Injectable()
export class SnapshotServer {
  /** @returns the image's id. @throws BadRequest when the server has no root volume */
  async snapshot(
    _principal: Principal,
    { volumes }: ServerRecord,
    _request: { name: string; metadata?: Record<string, string> | null },
  ): Promise<string> {
    const [root] = volumes;
    if (root === undefined) throw new BadRequest('The server has no root volume.');
    throw new NotImplemented('Snapshots are not offered yet.');
  }
}
