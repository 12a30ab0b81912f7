/**
 * Mends one difference between our networks and those of a cluster. What the cluster lacks is asked of it by jobs that are harmless when repeated, as for
 * a new server; rows change under the lock of the network, when it is as it was read.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Commissions, provisionsFor } from '@synnefo/commission';
import { DataSource, type EntityManager, transaction } from '@synnefo/database';
import type { Logger } from '@synnefo/runtime';
import type { ProjectUuid, UserUuid } from '@synnefo/units';
import type { BackendEntity } from '../backend/backend.entity.js';
import { BackendPool } from '../backend/backend-pool.js';
import { LOGGER } from '../core/tokens.js';
import { BackendNetworkEntity, NetworkEntity } from '../network/network.entity.js';
import { NETWORK_RESOURCE, NetworkService } from '../network/network.service.js';
import { EnsureNetwork } from '../server/ensure-network.js';
import type { NetworkDifference, NetworkRow } from './compare-networks.js';
import { OrphanEffects } from './orphan-effects.js';

/** The network is another than the one that was compared. */
class NetworkChanged extends Error {}

@Injectable()
export class RepairNetwork {
  constructor(
    private readonly dataSource: DataSource,
    private readonly backends: BackendPool,
    private readonly ensureNetwork: EnsureNetwork,
    private readonly networks: NetworkService,
    private readonly orphans: OrphanEffects,
    private readonly commissions: Commissions,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @param row absent for a network of which no row is known. @returns whether it is mended, or the jobs for it are on their way */
  async repair(
    difference: NetworkDifference,
    row: NetworkRow | undefined,
    { backend, once }: { backend: BackendEntity; once: boolean },
  ): Promise<boolean> {
    try {
      const isMended = await this.#mend(difference, row, { backend, once });
      if (isMended)
        this.logger.warn({ ...difference, backendId: backend.id }, 'difference of a network repaired');
      return isMended;
    } catch (error) {
      if (!(error instanceof NetworkChanged)) throw error;
      return false;
    }
  }

  async #mend(
    { kind, networkId }: NetworkDifference,
    row: NetworkRow | undefined,
    { backend, once }: { backend: BackendEntity; once: boolean },
  ): Promise<boolean> {
    if (kind === 'orphan')
      return this.orphans.remove(
        { objectType: 'network', objectId: networkId, backendId: backend.id },
        { once },
      );
    if (row === undefined) return false;
    if (kind === 'gone') return this.#end(row, backend.id);
    if (kind === 'missing' || kind === 'unconnected') {
      await this.ensureNetwork.on(backend, networkId, this.backends.clientOf(backend));
      return true;
    }
    await transaction(this.dataSource, (tx) => this.#active(tx, row, backend));
    return true;
  }

  async #active(tx: EntityManager, row: NetworkRow, backend: BackendEntity): Promise<void> {
    const { macPrefix } = await lockUnchanged(tx, row);
    await tx.query(
      `INSERT INTO backend_network (network_id, backend_id, mac_prefix, operstate) VALUES ($1, $2, $3, 'ACTIVE')
       ON CONFLICT (network_id, backend_id) DO UPDATE SET operstate = 'ACTIVE', updated_at = now()`,
      [row.id, backend.id, `${macPrefix}${backend.index.toString(16)}`],
    );
  }

  /** The cluster has removed it; with the last cluster the network ends, and its charge. */
  async #end(row: NetworkRow, backendId: number): Promise<boolean> {
    const isLast = row.clusters.every((cluster) => cluster.backendId === backendId);
    const network = await this.dataSource.manager.findOneByOrFail(NetworkEntity, { id: row.id });
    const { userUuid, project, commissionSerial, isPublic } = network;
    const isCharged =
      isLast && !isPublic && userUuid !== null && project !== null && commissionSerial === null;
    const provisions = isCharged
      ? provisionsFor(userUuid as UserUuid, project as ProjectUuid, { [NETWORK_RESOURCE]: -1n })
      : []; // the columns keep what a Principal gave
    await this.commissions.withCommission(
      { name: `network ${row.id}: reconciled`, provisions, force: true },
      async (tx) => {
        await lockUnchanged(tx, row);
        await tx.delete(BackendNetworkEntity, { networkId: row.id, backendId });
        if ((await tx.existsBy(BackendNetworkEntity, { networkId: row.id })) === isLast)
          throw new NetworkChanged();
        if (!isLast) return;
        if (commissionSerial !== null) await this.commissions.accept(tx, commissionSerial);
        await this.networks.erase(tx, row.id);
      },
    );
    await this.commissions.resolveSoon(isLast ? commissionSerial : null);
    return true;
  }
}

/** @throws NetworkChanged */
async function lockUnchanged(tx: EntityManager, row: NetworkRow): Promise<{ macPrefix: string }> {
  const locked: { version: string; macPrefix: string }[] = await tx.query(
    'SELECT xmin::text AS version, mac_prefix AS "macPrefix" FROM network WHERE id = $1 FOR UPDATE',
    [row.id],
  );
  const [network] = locked;
  if (network?.version !== row.version) throw new NetworkChanged();
  const open: unknown[] = await tx.query(
    `SELECT 1 FROM effect WHERE object_type = 'network' AND object_id = $1 AND finished_at IS NULL LIMIT 1`,
    [String(row.id)],
  );
  if (open.length > 0) throw new NetworkChanged();
  return network;
}
