import { createHash, randomUUID } from 'node:crypto';

import { BadRequest, Conflict, Forbidden, ItemNotFound } from '@synnefo/api';
import { DataSource } from '@synnefo/database';
import { Injectable } from '@nestjs/common';

import { ContainerService } from '../container/container.service.js';
import { mergeMeta } from '../dialect/meta-headers.js';
import { Nodes } from '../node/nodes.js';
import type { ObjectPath } from '../node/path.js';
import { EMPTY_CONTENT } from '../object/empty-content.js';
import { live, type NextVersion, ObjectWriter, projectOf } from '../object/object-writer.js';
import { normalise } from '../sharing/sharing-header.js';
import { SharingService } from '../sharing/sharing.service.js';
import { type Content, type ObjectRow, Versions } from '../version/versions.js';
import type { CreateEmpty, ListDomain, RegisterMap, SetPermissions, UpdateMeta } from './internal.schema.js';
import { type ObjectRecord, objectRecord } from './object-record.view.js';

const IMAGE_DOMAIN = 'plankton';
/**
 * What other services do with objects (storage spec §4.3). Everything may be repeated: a repeated call finds what the
 * first one left. The acting user's rights are checked as on the public faces.
 */
@Injectable()
export class InternalService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly nodes: Nodes,
    private readonly versions: Versions,
    private readonly sharing: SharingService,
    private readonly containers: ContainerService,
    private readonly writer: ObjectWriter,
  ) {}

  async getByUuid(user: string, uuid: string, checkPermission: boolean): Promise<ObjectRecord> {
    return this.record(await this.getRow(user, uuid, checkPermission));
  }

  /** @throws ItemNotFound also for what the user may not read */
  async getRow(user: string, uuid: string, checkPermission = true): Promise<ObjectRow> {
    const { manager } = this.dataSource;
    const row = live(await this.versions.findByUuid(manager, uuid));
    const access = row && checkPermission ? await this.sharing.accessTo(manager, user, row.path) : 'read';
    if (!row || access === null) throw new ItemNotFound('Object does not exist');
    return row;
  }

  async getByLocation(user: string, path: ObjectPath): Promise<ObjectRecord> {
    const { manager } = this.dataSource;
    const row = live(await this.versions.findObject(manager, path));
    if (!row || (await this.sharing.accessTo(manager, user, path)) === null) {
      throw new ItemNotFound('Object does not exist');
    }
    return this.record(row);
  }

  async listDomain(call: ListDomain): Promise<{ objects: ObjectRecord[] }> {
    const { manager } = this.dataSource;
    const isPublicOnly = call.publicOnly || call.user === null;
    const holders = isPublicOnly ? ['*'] : call.includeShared ? ['*', call.user ?? ''] : [];
    const owner = isPublicOnly ? null : call.user;
    const rows = await this.versions.listDomain(manager, { domain: call.domain, owner, holders });
    const objects: ObjectRecord[] = [];
    for (const row of rows) if (live(row)) objects.push(await this.record(row, call.domain));
    return { objects };
  }

  async updateMeta(call: UpdateMeta): Promise<ObjectRecord> {
    const { path } = await this.getOwned(call.user, call.uuid);
    const written = await this.writer.write({
      path,
      actor: call.user,
      next: (current) => {
        if (current?.uuid !== call.uuid) throw new ItemNotFound('Object does not exist');
        const changes = Object.fromEntries(
          Object.entries(call.meta).map(([key, value]) => [key, value ?? '']),
        );
        const previous = call.replace ? {} : (current.attributes[call.domain] ?? {});
        return {
          ...current,
          content: current,
          attributes: { ...current.attributes, [call.domain]: mergeMeta(previous, changes) },
        };
      },
    });
    return this.record(written, call.domain);
  }

  async setPermissions(call: SetPermissions): Promise<ObjectRecord> {
    const row = await this.getOwned(call.user, call.uuid);
    await this.dataSource.transaction((tx) => this.sharing.setOwn(tx, row.path, normalise(lower(call))));
    return this.record(row);
  }

  /** A snapshot that is about to be made: charged at once, readable after `updateStatus`. */
  async registerMap(call: RegisterMap): Promise<ObjectRecord> {
    if (call.account !== call.user) throw new Forbidden();
    const known = await this.versions.findByMapName(this.dataSource.manager, call.mapName);
    if (known) {
      if (known.path.account !== call.account) throw new Conflict('This map belongs to somebody else.');
      return this.record(known, call.domain);
    }
    const content: Content = {
      mapName: call.mapName,
      sizeBytes: call.sizeBytes,
      hash: null,
      checksum: '',
      isSnapshot: true,
      available: 0,
    };
    return this.createNamed(call, content);
  }

  /** A version of its own, so that a change of attributes at the same moment does not undo it. */
  async updateStatus(user: string, uuid: string, available: number): Promise<ObjectRecord> {
    const row = await this.getOwned(user, uuid);
    if (row.available === available) return this.record(row);
    const next = (current: ObjectRow | null): NextVersion => {
      if (current?.uuid !== uuid) throw new ItemNotFound('Object does not exist');
      return { ...current, content: { ...current, available } };
    };
    return this.record(await this.writer.write({ path: row.path, actor: user, next }));
  }

  async createEmpty(call: CreateEmpty): Promise<ObjectRecord> {
    if (call.account !== call.user) throw new Forbidden();
    return this.createNamed(call, EMPTY_CONTENT);
  }

  /** @returns whether the object is gone now; false when it lies outside `onlyContainers` and is kept */
  async deleteByUuid(
    user: string,
    uuid: string,
    onlyContainers?: readonly string[],
  ): Promise<{ deleted: boolean }> {
    const row = await this.versions.findByUuid(this.dataSource.manager, uuid);
    if (!row) return { deleted: true };
    const owned = await this.getOwned(user, uuid);
    if (onlyContainers && !onlyContainers.includes(owned.path.container)) return { deleted: false };
    try {
      await this.writer.remove(owned.path, (current) => {
        if (current.uuid !== uuid) throw new ItemNotFound();
      });
    } catch (error) {
      if (!(error instanceof ItemNotFound)) throw error; // somebody else deleted it first
    }
    return { deleted: true };
  }

  /** Under another name when the given one is taken: of a map always the same, so that calls at the same moment meet there. */
  private async createNamed(call: CreateEmpty, content: Content): Promise<ObjectRecord> {
    await this.containers.ensure(call, call.user, call.project ?? null);
    const uuid = randomUUID();
    const given = { account: call.account, container: call.container, object: call.object };
    const suffixed = { ...given, object: `${given.object}-${suffixOf(content) ?? uuid.slice(0, 8)}` };
    for (const path of [given, suffixed]) {
      try {
        const row = await this.writer.write({
          path,
          actor: call.user,
          next: (current) => {
            if (current) throw new NameTaken(current);
            const attributes = { [call.domain]: mergeMeta({}, call.meta) };
            return { content, contentType: call.contentType, uuid, attributes, deleteAt: null };
          },
        });
        return await this.record(row, call.domain);
      } catch (error) {
        if (!(error instanceof NameTaken)) throw error;
        if (isSameMap(error.by, content)) return await this.record(error.by, call.domain);
      }
    }
    throw new Conflict('The name is taken.');
  }

  /** @throws ItemNotFound for what the user may not see; Forbidden for what he may only see */
  async getOwned(user: string, uuid: string): Promise<ObjectRow> {
    const row = await this.getRow(user, uuid);
    if (row.path.account !== user) throw new Forbidden();
    return row;
  }

  async record(row: ObjectRow, domain: string = IMAGE_DOMAIN): Promise<ObjectRecord> {
    const { manager } = this.dataSource;
    const container = await this.nodes.findContainer(manager, row.path);
    const permissions = await this.sharing.getOwn(manager, row.path);
    const project = container ? projectOf(container, row.path.account) : row.path.account;
    return objectRecord(row, { project, permissions, domain });
  }
}

class NameTaken extends Error {
  override readonly name = 'NameTaken';

  constructor(readonly by: ObjectRow) {
    super();
  }
}

function isSameMap(row: ObjectRow, content: Content): boolean {
  return content.mapName !== null && row.mapName === content.mapName;
}

function suffixOf({ mapName }: Content): string | null {
  return mapName === null ? null : createHash('sha256').update(mapName).digest('hex').slice(0, 8);
}

function lower({ read, write }: { read: string[]; write: string[] }): { read: string[]; write: string[] } {
  const all = [...read, ...write];
  if (all.some((holder) => /[\s,;=]/.test(holder))) throw new BadRequest('Not a holder of permissions.');
  return {
    read: read.map((holder) => holder.toLowerCase()),
    write: write.map((holder) => holder.toLowerCase()),
  };
}
