import { Injectable } from '@nestjs/common';
import { Forbidden, ItemNotFound } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';
import { DataSource } from '@synnefo/database';

import { Nodes } from '../node/nodes.js';
import type { ObjectPath } from '../node/path.js';
import type { Permissions } from '../sharing/sharing-header.js';
import type { ObjectAccess } from '../sharing/object-access.js';
import { SharingService } from '../sharing/sharing.service.js';
import { type ObjectRow, Versions } from '../version/versions.js';
import { live } from './object-writer.js';

/** Who may do what with an object, on the public faces. */
@Injectable()
export class ObjectRights {
  constructor(
    private readonly dataSource: DataSource,
    private readonly nodes: Nodes,
    private readonly versions: Versions,
    private readonly sharing: SharingService,
  ) {}

  /** @throws ItemNotFound, or Forbidden for callers without any right, who learn nothing about existence */
  async getReadable(
    principal: Principal,
    path: ObjectPath,
  ): Promise<{ row: ObjectRow; access: ObjectAccess }> {
    const { manager } = this.dataSource;
    const access = await this.sharing.accessTo(manager, principal.userUuid, path);
    if (access === null) throw new Forbidden();
    const row = live(await this.versions.findObject(manager, path));
    if (!row) throw new ItemNotFound('Object does not exist');
    return { row, access };
  }

  /** The object as readers see it; nobody's rights are asked. */
  async findCurrent(path: ObjectPath): Promise<ObjectRow | null> {
    return live(await this.versions.findObject(this.dataSource.manager, path));
  }

  /** Owner, or a grantee with write on the object or its folder; the container must exist. */
  async assertMayWrite(principal: Principal, path: ObjectPath): Promise<ObjectAccess> {
    const { manager } = this.dataSource;
    const access = await this.sharing.accessTo(manager, principal.userUuid, path);
    if (access !== 'owner' && access !== 'write') throw new Forbidden();
    if (!(await this.nodes.findContainer(manager, path))) throw new ItemNotFound('Container does not exist');
    return access;
  }

  /** Replaces the object's permissions; null leaves them. The caller has checked that the user owns it. */
  async share(path: ObjectPath, permissions: Permissions | null): Promise<void> {
    if (permissions) await this.dataSource.transaction((tx) => this.sharing.setOwn(tx, path, permissions));
  }
}
