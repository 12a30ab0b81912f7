import { Injectable } from '@nestjs/common';
import { Forbidden, ItemNotFound, RequestEntityTooLarge, ServiceUnavailable } from '@synnefo/api';
import { type Provision, QuotaExceeded } from '@synnefo/astakos-client';
import { Commissions, provisionsFor, quotaFault } from '@synnefo/commission';
import { DataSource, type EntityManager, isUniqueViolation } from '@synnefo/database';
import { backoff } from '@synnefo/runtime';
import type { ProjectUuid, UserUuid } from '@synnefo/units';

import { type ContainerRow, Nodes } from '../node/nodes.js';
import { objectKey, type ObjectPath } from '../node/path.js';
import { type Attributes, type Content, type ObjectRow, Versions } from '../version/versions.js';

export const DISKSPACE = 'pithos.diskspace';

/** A version to be written. Its parts may depend on the version that it replaces. */
export interface ObjectWrite {
  readonly path: ObjectPath;
  /** The user who acts; the bytes are charged to the account's owner. */
  readonly actor: string;
  /** Called with the current version, and again if it changed meanwhile. Throws a fault to refuse the write. */
  readonly next: (current: ObjectRow | null) => NextVersion;
  /** A version whose map the new one shares: it must still be there at the commit. */
  readonly source?: ObjectRow;
}

/** An object that gets another path. Its bytes stay; whatever was at the new path is replaced. */
export interface ObjectMove {
  readonly from: ObjectPath;
  readonly to: ObjectPath;
  readonly actor: string;
  /** As `ObjectWrite.next`; the same version twice when an object is moved onto itself. */
  readonly next: (source: ObjectRow, replaced: ObjectRow | null) => NextVersion;
}

export interface NextVersion {
  readonly content: Content;
  readonly contentType: string;
  readonly uuid: string;
  readonly attributes: Attributes;
  readonly deleteAt: Date | null;
}

/** Bytes that a container gets (or gives back), charged to its account's owner. */
interface Charge {
  readonly path: ObjectPath;
  readonly container: ContainerRow;
  readonly deltaBytes: number;
}

/** The world changed between the look at it and the lock; the operation starts again. */
class Stale extends Error {
  override readonly name = 'Stale';
}

/** Waits between attempts: other writers need a few calls to Astakos to get done. */
const RETRIES = { attempts: 8, firstMs: 10, maxMs: 500 };

/**
 * The one way in which objects change: look, issue the commission for the difference, then in one transaction lock the
 * container, see that nothing changed since the look, write the version with its statistics, and record the commission
 * as accepted. A refusal or a crash at any line leaves neither a charge nor a visible half object. The map that a write
 * replaces becomes loose; the sweep takes it later, so that those who read it now can finish.
 */
@Injectable()
export class ObjectWriter {
  constructor(
    private readonly dataSource: DataSource,
    private readonly nodes: Nodes,
    private readonly versions: Versions,
    private readonly commissions: Commissions,
  ) {}

  /** @throws ItemNotFound without the container; Forbidden over a snapshot; RequestEntityTooLarge over a quota */
  async write(write: ObjectWrite): Promise<ObjectRow> {
    return this.untilFresh(async () => {
      const { manager } = this.dataSource;
      const container = await this.getContainer(manager, write.path);
      const seen = await this.versions.findObject(manager, write.path);
      const next = write.next(live(seen));
      const deltaBytes = next.content.sizeBytes - (seen?.sizeBytes ?? 0);
      assertOverwritable(seen, next.content);
      await this.charged([{ path: write.path, container, deltaBytes }], async (tx) => {
        const locked = await this.relock(tx, container);
        const current = await this.versions.findObject(tx, write.path);
        if (current?.serial !== seen?.serial) throw new Stale();
        if (write.source) await this.assertSource(tx, write.source);
        assertContainerQuota(locked, deltaBytes);
        await this.versions.write(tx, {
          ...next,
          containerId: locked.id,
          path: write.path,
          previous: current,
          actor: write.actor,
        });
        await this.nodes.addStatistics(tx, {
          container: locked.id,
          cluster: 0,
          population: current === null ? 1 : 0,
          sizeBytes: deltaBytes,
        });
      });
      const written = await this.versions.findObject(manager, write.path);
      if (!written) throw new ItemNotFound('Object was deleted meanwhile.');
      return written;
    });
  }

  /** Deletes an object and gives its bytes back. @throws ItemNotFound; whatever `check` throws */
  async remove(path: ObjectPath, check: (current: ObjectRow) => void): Promise<void> {
    await this.untilFresh(async () => {
      const { manager } = this.dataSource;
      const container = await this.getContainer(manager, path);
      const seen = await this.versions.findObject(manager, path);
      if (!seen) throw new ItemNotFound('Object does not exist');
      check(seen);
      await this.charged([{ path, container, deltaBytes: -seen.sizeBytes }], async (tx) => {
        const locked = await this.relock(tx, container);
        const current = await this.versions.findObject(tx, path);
        if (current?.serial !== seen.serial) throw new Stale();
        await this.versions.remove(tx, current);
        const change = { container: locked.id, cluster: 0, population: -1, sizeBytes: -seen.sizeBytes };
        await this.nodes.addStatistics(tx, change);
      });
    });
  }

  /**
   * Deletes those of the objects that exist, all in one container, in one transaction with one commission. For the account's owner: nothing is checked.
   * @returns how many there were
   */
  async removeAll(paths: readonly ObjectPath[]): Promise<number> {
    const [first] = paths;
    if (!first) return 0;
    const keys = paths.map((path) => objectKey(path));
    return this.untilFresh(async () => {
      const { manager } = this.dataSource;
      const seen = await this.versions.findObjects(manager, keys);
      if (seen.length === 0) return 0;
      const container = await this.getContainer(manager, first);
      const deltaBytes = -seen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      await this.charged([{ path: first, container, deltaBytes }], async (tx) => {
        const locked = await this.relock(tx, container);
        const current = await this.versions.findObjects(tx, keys);
        if (current.map(({ serial }) => serial).join() !== seen.map(({ serial }) => serial).join())
          throw new Stale();
        await this.versions.removeAll(tx, current);
        const change = { container: locked.id, cluster: 0, population: -seen.length, sizeBytes: deltaBytes };
        await this.nodes.addStatistics(tx, change);
      });
      return seen.length;
    });
  }

  /**
   * Moves an object in one transaction: at every moment it is at one of the two paths, and only there. Sharing of the old path ends.
   * @throws ItemNotFound without the source or the container; as `write`
   */
  async move(move: ObjectMove): Promise<ObjectRow> {
    if (objectKey(move.from) === objectKey(move.to)) return this.write(onItself(move));
    return this.untilFresh(async () => {
      const { manager } = this.dataSource;
      const containers = {
        from: await this.getContainer(manager, move.from),
        to: await this.getContainer(manager, move.to),
      };
      const source = live(await this.versions.findObject(manager, move.from));
      if (!source) throw new ItemNotFound('Object does not exist');
      const replaced = await this.versions.findObject(manager, move.to);
      const next = move.next(source, live(replaced));
      assertOverwritable(replaced, next.content);
      const charges = [
        {
          path: move.to,
          container: containers.to,
          deltaBytes: source.sizeBytes - (replaced?.sizeBytes ?? 0),
        },
        { path: move.from, container: containers.from, deltaBytes: -source.sizeBytes },
      ];
      await this.charged(charges, async (tx) => {
        const locked = await this.relockBoth(tx, containers);
        await this.assertCurrent(tx, move.from, source);
        await this.assertCurrent(tx, move.to, replaced);
        const isInside = locked.from.id === locked.to.id;
        assertContainerQuota(locked.to, isInside ? 0 : source.sizeBytes - (replaced?.sizeBytes ?? 0));
        const where = { containerId: locked.to.id, path: move.to, previous: replaced, actor: move.actor };
        await this.versions.write(tx, { ...next, ...where });
        await this.versions.remove(tx, source);
        for (const [index, { deltaBytes: sizeBytes }] of charges.entries()) {
          const isSource = index === 1;
          const container = isSource ? locked.from.id : locked.to.id;
          const population = isSource ? -1 : replaced === null ? 1 : 0;
          await this.nodes.addStatistics(tx, { container, cluster: 0, population, sizeBytes });
        }
      });
      const written = await this.versions.findObject(manager, move.to);
      if (!written) throw new ItemNotFound('Object was deleted meanwhile.');
      return written;
    });
  }

  /** The first charge names the commission. */
  private async charged<T>(charges: readonly Charge[], fn: (tx: EntityManager) => Promise<T>): Promise<T> {
    const name = charges[0] === undefined ? '' : objectKey(charges[0].path).slice(0, 250);
    try {
      return await this.commissions.withCommission({ name, provisions: provisionsOf(charges) }, (tx) =>
        fn(tx),
      );
    } catch (error) {
      // More is given back than is charged: another writer gives the same bytes back at this moment.
      if (error instanceof QuotaExceeded && error.reason === 'quantity') throw new Stale();
      throw quotaFault(error);
    }
  }

  private async getContainer(tx: EntityManager, path: ObjectPath): Promise<ContainerRow> {
    const container = await this.nodes.findContainer(tx, path);
    if (!container) throw new ItemNotFound('Container does not exist');
    return container;
  }

  private async relock(tx: EntityManager, seen: ContainerRow): Promise<ContainerRow> {
    const [account = '', container = ''] = seen.path.split('/');
    const locked = await this.nodes.lockContainer(tx, { account, container });
    if (!locked || locked.id !== seen.id || locked.policy['project'] !== seen.policy['project'])
      throw new Stale();
    return locked;
  }

  /** In path order, as every lock of two containers. */
  private async relockBoth(
    tx: EntityManager,
    seen: { from: ContainerRow; to: ContainerRow },
  ): Promise<{ from: ContainerRow; to: ContainerRow }> {
    if (seen.from.id === seen.to.id) {
      const both = await this.relock(tx, seen.from);
      return { from: both, to: both };
    }
    if (seen.from.path < seen.to.path) {
      const from = await this.relock(tx, seen.from);
      return { from, to: await this.relock(tx, seen.to) };
    }
    const to = await this.relock(tx, seen.to);
    return { from: await this.relock(tx, seen.from), to };
  }

  private async assertCurrent(tx: EntityManager, path: ObjectPath, seen: ObjectRow | null): Promise<void> {
    const current = await this.versions.findObject(tx, path);
    if (current?.serial !== seen?.serial) throw new Stale();
  }

  private async assertSource(tx: EntityManager, source: ObjectRow): Promise<void> {
    const rows: unknown[] = await tx.query(`SELECT 1 FROM version WHERE serial = $1 FOR UPDATE`, [
      source.serial,
    ]);
    if (rows.length === 0) throw new ItemNotFound('Source object was changed meanwhile');
  }

  private async untilFresh<T>(fn: () => Promise<T>): Promise<T> {
    const isStale = (error: unknown) => error instanceof Stale || isUniqueViolation(error, 'uq_node_path');
    try {
      return await backoff({ ...RETRIES, isRetriable: isStale }, fn);
    } catch (error) {
      if (!isStale(error)) throw error;
      throw new ServiceUnavailable('Too many writers on one object.', { headers: { 'Retry-After': '1' } });
    }
  }
}

/** Provisions of all charges; those on one holding are one, as a holding may stand in a commission once. */
function provisionsOf(charges: readonly Charge[]): Provision[] {
  const merged = new Map<string, Provision>();
  for (const { path, container, deltaBytes } of charges) {
    // The holder is the account's owner, never the acting user (storage spec §3.8).
    const project = projectOf(container, path.account) as ProjectUuid;
    const deltas = { [DISKSPACE]: BigInt(deltaBytes) };
    for (const provision of provisionsFor(path.account as UserUuid, project, deltas)) {
      const key = `${provision.holder} ${provision.source}`;
      const quantity = (merged.get(key)?.quantity ?? 0n) + provision.quantity;
      merged.set(key, { ...provision, quantity });
    }
  }
  return [...merged.values()].filter(({ quantity }) => quantity !== 0n);
}

function onItself(move: ObjectMove): ObjectWrite {
  return {
    path: move.to,
    actor: move.actor,
    next: (current) => {
      if (!current) throw new ItemNotFound('Object does not exist');
      return move.next(current, current);
    },
  };
}

/** The version that readers see: none once it has expired (`X-Delete-At`). */
export function live(row: ObjectRow | null): ObjectRow | null {
  return row && row.deleteAt !== null && row.deleteAt.getTime() <= Date.now() ? null : row;
}

/** The project that a container is charged to; by default the account's own. */
export function projectOf(container: ContainerRow, account: string): string {
  return container.policy['project'] ?? account;
}

/** @throws RequestEntityTooLarge */
export function assertContainerQuota(container: ContainerRow, deltaBytes: number): void {
  const limitBytes = Number(container.policy['quota'] ?? 0);
  if (limitBytes > 0 && deltaBytes > 0 && container.bytesUsed + deltaBytes > limitBytes) {
    throw new RequestEntityTooLarge('Container quota exceeded.');
  }
}

/** A snapshot's bytes are never replaced (storage spec §4.1); its metadata may be. */
function assertOverwritable(current: ObjectRow | null, next: Content): void {
  if (current?.isSnapshot === true && next.mapName !== current.mapName) {
    throw new Forbidden('Cannot overwrite a snapshot.');
  }
}
