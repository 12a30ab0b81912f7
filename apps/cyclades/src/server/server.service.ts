import { Injectable } from '@nestjs/common';
import { BadRequest, Forbidden, ItemNotFound } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { DataSource, transaction } from '@synnefo/database';
import { ServerEntity, ServerMetadataEntity } from './server.entity.js';
import { type ServerFilter, type ServerRecord, ServerRepository } from './server.repository.js';

export type { ServerRecord };

const INVALID_REGULAR_EXPRESSION = '2201B';

/** Reads of servers, and changes that concern one row only. */
@Injectable()
export class ServerService {
  constructor(
    private readonly servers: ServerRepository,
    private readonly dataSource: DataSource,
  ) {}

  /** @throws BadRequest when the name filter is no regular expression */
  async list(principal: Principal, filter: ServerFilter): Promise<ServerEntity[]> {
    try {
      return await this.servers.list(principal, filter);
    } catch (error) {
      if (
        typeof error === 'object' &&
        error !== null &&
        'code' in error &&
        error.code === INVALID_REGULAR_EXPRESSION
      )
        throw new BadRequest('name: no valid regular expression', { cause: error });
      throw error;
    }
  }

  async listRecords(principal: Principal, filter: ServerFilter): Promise<ServerRecord[]> {
    return this.servers.withParts(await this.list(principal, filter));
  }

  /** A deleted server too. @throws ItemNotFound */
  async get(principal: Principal, id: string): Promise<ServerEntity> {
    const server = await this.servers.find(principal, id);
    if (server === null) throw new ItemNotFound(`Server ${id} could not be found.`);
    return server;
  }

  /** @throws ItemNotFound for a deleted one */
  async getLiving(principal: Principal, id: string): Promise<ServerEntity> {
    const server = await this.get(principal, id);
    if (server.isDeleted) throw new ItemNotFound(`Server ${id} could not be found.`);
    return server;
  }

  async record(server: ServerEntity): Promise<ServerRecord> {
    const [record] = await this.servers.withParts([server]);
    if (record === undefined) throw new Error(`server ${server.id} has no record`);
    return record;
  }

  async rename(principal: Principal, id: string, name: string): Promise<ServerEntity> {
    const server = await this.#changeable(principal, id);
    await this.dataSource.manager.update(ServerEntity, { id: server.id }, { name, updatedAt: () => 'now()' });
    return this.get(principal, id);
  }

  /** Adds and changes entries; with `replaces` all others go. @returns what there is then */
  async setMetadata(
    principal: Principal,
    id: string,
    entries: Readonly<Record<string, string>>,
    rule: { maxEntries: number; replaces: boolean },
  ): Promise<Record<string, string>> {
    const server = await this.#changeable(principal, id);
    return transaction(this.dataSource, async (tx) => {
      await tx.query('SELECT 1 FROM server WHERE id = $1 FOR UPDATE', [server.id]);
      if (rule.replaces) await tx.delete(ServerMetadataEntity, { serverId: server.id });
      const rows = Object.entries(entries).map(([key, value]) => ({ serverId: server.id, key, value }));
      if (rows.length > 0) await tx.upsert(ServerMetadataEntity, rows, ['serverId', 'key']);
      const all = await tx.findBy(ServerMetadataEntity, { serverId: server.id });
      if (all.length > rule.maxEntries)
        throw new BadRequest(`A server has at most ${rule.maxEntries} metadata entries.`);
      await tx.update(ServerEntity, { id: server.id }, { updatedAt: () => 'now()' });
      return Object.fromEntries(all.map((row) => [row.key, row.value]));
    });
  }

  /** @throws ItemNotFound when there is no such key */
  async removeMetadata(principal: Principal, id: string, key: string): Promise<void> {
    const server = await this.#changeable(principal, id);
    const { affected } = await this.dataSource.manager.delete(ServerMetadataEntity, {
      serverId: server.id,
      key,
    });
    if (affected === 0) throw new ItemNotFound(`Metadata item ${key} was not found.`);
  }

  async #changeable(principal: Principal, id: string): Promise<ServerEntity> {
    const server = await this.get(principal, id);
    if (server.isDeleted) throw new BadRequest('The server is deleted.');
    if (server.isSuspended) throw new Forbidden('The server is suspended.');
    return server;
  }
}
