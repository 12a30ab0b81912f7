import { type CommandContext, CommandError } from '@synnefo/admin';
import { AstakosClient } from '@synnefo/astakos-client';
import { commissionQueue, Commissions } from '@synnefo/commission';
import type { DataSource } from '@synnefo/database';
import { connectQueues } from '@synnefo/queue';
import { createLogger, loadConfig } from '@synnefo/runtime';
import { AddressPoolService } from '../address-pool/address-pool.service.js';
import type { BackendEntity } from '../backend/backend.entity.js';
import { BackendPool } from '../backend/backend-pool.js';
import { BackendService } from '../backend/backend.service.js';
import { reconcileConfigSchema } from '../config.js';
import { openDatabase } from '../database/cyclades-data-source.js';
import { Effects } from '../effect/effects.js';
import { OpenJobs } from '../gnt-job/open-jobs.js';
import { Naming } from '../installation/naming.js';
import { NetworkService } from '../network/network.service.js';
import { PortsForServer } from '../port/ports-for-server.js';
import { ApplyServerChange } from '../server/apply-server-change.js';
import { EnsureNetwork } from '../server/ensure-network.js';
import { ServerParts } from '../server/server-parts.js';
import { VolumeSealer } from '../snapshot/volume-sealer.js';
import { VolumesForServer } from '../volume/volumes-for-server.js';
import { FixDisks } from './fix-disks.js';
import { FixFlavor } from './fix-flavor.js';
import { FixNics } from './fix-nics.js';
import { NetworkRows } from './network-rows.js';
import { OrphanEffects } from './orphan-effects.js';
import { ReconcileJobs } from './reconcile-jobs.js';
import { ReconcileNetworks } from './reconcile-networks.js';
import { ReconcileServers } from './reconcile-servers.js';
import { ReconcileVolumes } from './reconcile-volumes.js';
import { RepairNetwork } from './repair-network.js';
import { RepairOrphan } from './repair-orphan.js';
import { RepairServer } from './repair-server.js';
import { ServerRows } from './server-rows.js';
import { VolumeRows } from './volume-rows.js';

export interface ReconcileParts {
  readonly dataSource: DataSource;
  readonly naming: Naming;
  readonly backends: BackendService;
  readonly pool: BackendPool;
  readonly astakos: AstakosClient;
  readonly commissions: Commissions;
  readonly effects: Effects;
  readonly jobs: ReconcileJobs;
  readonly servers: ReconcileServers;
  readonly networks: ReconcileNetworks;
  readonly volumes: ReconcileVolumes;
}

/** The comparisons and repairs of the worker for an admin command; closed when the command is over. */
export async function openReconcile(context: CommandContext): Promise<ReconcileParts> {
  const config = loadConfig(reconcileConfigSchema, context.env);
  const logger = createLogger('snf-manage', 'error');
  const dataSource = await openDatabase(config.CYCLADES_DATABASE_URL, 'snf-manage');
  context.onEnd(() => dataSource.destroy());
  const naming = await Naming.load(dataSource, config.SYNNEFO_NAME_PREFIX);
  const queues = connectQueues(config.SYNNEFO_BUS_URL, logger);
  context.onEnd(() => queues.close());
  const componentToken = config.CYCLADES_COMPONENT_TOKEN_FILE.reveal();
  const astakos = new AstakosClient({ baseUrl: config.ASTAKOS_URL, componentToken, logger });
  context.onEnd(() => astakos.close());
  const pool = new BackendPool(dataSource);
  context.onEnd(() => pool.onApplicationShutdown());
  const producer = queues.producer(commissionQueue('cyclades'));
  const commissions = new Commissions({ dataSource, astakos, logger, producer });
  const effects = new Effects(queues, logger);
  const rows = new ServerRows(dataSource);
  const changes = new ApplyServerChange(
    new ServerParts(naming, new PortsForServer(), new VolumesForServer()),
  );
  const fixes = [new FixFlavor(dataSource), new FixNics(naming), new FixDisks(naming)] as const;
  const repairs = new RepairServer(commissions, changes, ...fixes, logger);
  const orphanEffects = new OrphanEffects(dataSource, effects);
  const orphans = new RepairOrphan(orphanEffects, rows, logger);
  const jobs = new ReconcileJobs(dataSource, pool, new OpenJobs(queues, pool, naming, logger));
  const servers = new ReconcileServers(rows, pool, naming, repairs, orphans);
  const networkService = new NetworkService(dataSource, commissions, new AddressPoolService(), effects);
  const ensureNetwork = new EnsureNetwork(dataSource, naming);
  const networkParts = [dataSource, pool, ensureNetwork, networkService, orphanEffects, commissions] as const;
  const networkRepairs = new RepairNetwork(...networkParts, logger);
  const networks = new ReconcileNetworks(rows, new NetworkRows(dataSource), pool, naming, networkRepairs);
  const backends = new BackendService(dataSource, pool, logger);
  const store = new VolumeSealer(config, logger);
  context.onEnd(() => store.onApplicationShutdown());
  const volumes = new ReconcileVolumes(new VolumeRows(dataSource), store, backends, pool, naming, logger);
  return {
    dataSource,
    naming,
    backends,
    pool,
    astakos,
    commissions,
    effects,
    jobs,
    servers,
    networks,
    volumes,
  };
}

/** The clusters to compare with: the one named, by name or id, or all that are not offline. @throws CommandError */
export async function backendsNamed(
  backends: BackendService,
  named: string | undefined,
): Promise<BackendEntity[]> {
  const all = await backends.list();
  if (named === undefined) return all.filter(({ isOffline }) => !isOffline);
  const found = all.filter(({ id, clusterName }) => clusterName === named || String(id) === named);
  if (found.length === 0) throw new CommandError(`there is no cluster ${named}`);
  return found;
}
