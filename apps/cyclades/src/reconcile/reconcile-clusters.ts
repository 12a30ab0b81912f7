/**
 * A round over all clusters: what is safe is repaired without anybody's asking. A difference counts when it was seen in the round before as well. A cluster
 * that seems to have lost much of what it had is not believed: that is for an operator.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from '@synnefo/runtime';
import type { BackendEntity } from '../backend/backend.entity.js';
import { BackendService } from '../backend/backend.service.js';
import { LOGGER } from '../core/tokens.js';
import type { Orphan } from './compare-orphans.js';
import type { ServerDifference } from './compare-server.js';
import { ReconcileJobs } from './reconcile-jobs.js';
import { keyOfNetwork, NETWORKS_BY_THEMSELVES, ReconcileNetworks } from './reconcile-networks.js';
import { type ComparedCluster, ReconcileServers, SAFE_REPAIRS } from './reconcile-servers.js';
import type { ReconcileObject } from './reconcile.queue.js';
import { Sightings } from './sightings.js';

/** A round that is older is not the one before. Rounds of a worker are further apart when there are more workers. */
const SIGHTING_MS = 90_000;
const REPAIRS_PER_ROUND = 50;
/** This many servers may lose their instance at once, or this part of all. */
const FEW = 5;
const FEW_OF_ALL = 0.2;

interface Seen {
  readonly differences: Sightings;
  readonly orphans: Sightings;
  readonly networks: Sightings;
  /** Instances that the log has named already. */
  readonly told: Set<string>;
}

@Injectable()
export class ReconcileClusters {
  readonly #seen = new Map<number, Seen>();

  constructor(
    private readonly backends: BackendService,
    private readonly servers: ReconcileServers,
    private readonly networks: ReconcileNetworks,
    private readonly jobs: ReconcileJobs,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** One round; a cluster that does not answer holds up no other. */
  async run(): Promise<void> {
    const online = (await this.backends.list()).filter(({ isOffline }) => !isOffline);
    await Promise.all(
      online.map((backend) =>
        this.#round(backend).catch((err: unknown) =>
          this.logger.warn({ err, backendId: backend.id }, 'cluster not reconciled, will be tried again'),
        ),
      ),
    );
  }

  /** One object, because somebody has seen a change of it. @throws what RAPI throws */
  async runOne(object: ReconcileObject): Promise<void> {
    await this.jobs.look(object);
    if (object.objectType === 'server') return void (await this.servers.runOne(object.objectId));
    const backend = (await this.backends.list()).find(({ id }) => id === object.backendId);
    if (backend !== undefined) await this.networks.runOne(backend, object.objectId);
  }

  async #round(backend: BackendEntity): Promise<void> {
    await this.#servers(backend);
    const networks = await this.networks.compare(backend);
    const confirmed = this.#seenAt(backend.id).networks.confirm(networks, keyOfNetwork);
    await this.networks.repair(backend, confirmed, NETWORKS_BY_THEMSELVES);
  }

  async #servers(backend: BackendEntity): Promise<void> {
    const compared = await this.servers.compare(backend);
    const seen = this.#seenAt(backend.id);
    const keyOf = ({ kind, serverId, here, there }: ServerDifference) =>
      [kind, serverId, here, there].join('|');
    const confirmed = seen.differences.confirm(
      compared.differences.filter(({ kind }) => SAFE_REPAIRS.includes(kind)),
      keyOf,
    );
    await this.#repair(backend.id, believable(confirmed, compared));
    if (believable(confirmed, compared).length < confirmed.length)
      this.logger.error(
        { backendId: backend.id, servers: compared.servers },
        'cluster has lost many instances at once: see snf-manage reconcile-servers',
      );
    const orphans = seen.orphans.confirm(
      compared.orphans,
      ({ instanceName, why }) => `${instanceName}|${why}`,
    );
    await this.#removeOrphans(backend.id, orphans);
    for (const { instanceName, why } of orphans.filter((orphan) => orphan.why !== 'deleted')) {
      if (seen.told.has(instanceName)) continue;
      seen.told.add(instanceName);
      this.logger.warn(
        { backendId: backend.id, instanceName, why },
        'instance with our prefix and no server',
      );
    }
  }

  async #repair(backendId: number, differences: readonly ServerDifference[]): Promise<void> {
    const ids = [...new Set(differences.map(({ serverId }) => serverId))].slice(0, REPAIRS_PER_ROUND);
    for (const serverId of ids)
      await this.servers
        .runOne(serverId)
        .catch((err: unknown) => this.logger.warn({ err, backendId, serverId }, 'server not repaired'));
  }

  async #removeOrphans(backendId: number, orphans: readonly Orphan[]): Promise<void> {
    for (const orphan of orphans.filter(({ why }) => why === 'deleted').slice(0, REPAIRS_PER_ROUND))
      await this.servers.removeOrphan(orphan, backendId, true);
  }

  #seenAt(backendId: number): Seen {
    const known = this.#seen.get(backendId);
    if (known !== undefined) return known;
    const sightings = () => new Sightings(SIGHTING_MS);
    const seen = {
      differences: sightings(),
      orphans: sightings(),
      networks: sightings(),
      told: new Set<string>(),
    };
    this.#seen.set(backendId, seen);
    return seen;
  }
}

/** Without the servers that lost their instance when these are too many at once. */
export function believable(
  differences: readonly ServerDifference[],
  { servers }: Pick<ComparedCluster, 'servers'>,
): ServerDifference[] {
  const lost = differences.filter(({ kind }) => kind === 'stale').length;
  const isMuch = lost > Math.max(FEW, servers * FEW_OF_ALL);
  return differences.filter(({ kind }) => !isMuch || kind !== 'stale');
}
