import { Inject, Injectable } from '@nestjs/common';
import { Conflict } from '@synnefo/api';
import { DataSource } from '@synnefo/database';
import type { GntNode, RapiClient } from '@synnefo/ganeti-rapi';
import type { Logger } from '@synnefo/runtime';
import { LOGGER } from '../core/tokens.js';
import { BackendEntity } from './backend.entity.js';
import { BackendPool } from './backend-pool.js';

export interface NewBackend {
  readonly clusterName: string;
  readonly rapiUrl: string;
  readonly username: string;
  readonly password: string;
  readonly verifiesTls: boolean;
  readonly caPem: string | null;
  readonly hypervisor: string;
  /** SHA-256; null or absent: the master may not call back. */
  readonly callbackSecretHash?: Buffer | null;
}

/** Clusters have one hexadecimal digit of the MAC prefixes each. */
const MAX_BACKENDS = 16;

/** Ganeti clusters: which there are, and what they have free. */
@Injectable()
export class BackendService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly pool: BackendPool,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  list(): Promise<BackendEntity[]> {
    return this.dataSource.manager.find(BackendEntity, { order: { id: 'ASC' } });
  }

  find(clusterName: string): Promise<BackendEntity | null> {
    return this.dataSource.manager.findOneBy(BackendEntity, { clusterName });
  }

  /** Adds a cluster after it has answered. @throws Conflict beyond 16; what RAPI throws */
  async add(backend: NewBackend): Promise<BackendEntity> {
    const taken = new Set((await this.list()).map((row) => row.index));
    const index = Array.from({ length: MAX_BACKENDS }, (_, digit) => digit).find(
      (digit) => !taken.has(digit),
    );
    if (index === undefined) throw new Conflict(`there are ${MAX_BACKENDS} clusters already`);
    const row = this.dataSource.manager.create(BackendEntity, { ...backend, index });
    const saved = await this.dataSource.manager.save(row);
    try {
      await this.refresh(saved);
    } catch (error) {
      await this.dataSource.manager.delete(BackendEntity, { id: saved.id });
      throw error;
    }
    return this.dataSource.manager.findOneByOrFail(BackendEntity, { id: saved.id });
  }

  /** Changes address, credentials, … of a known cluster. */
  async update(id: number, backend: Partial<NewBackend> & { isDrained?: boolean }): Promise<void> {
    await this.dataSource.manager.update(BackendEntity, { id }, backend);
  }

  async refreshAll(): Promise<void> {
    for (const backend of await this.list()) {
      if (backend.isOffline) continue;
      await this.refresh(backend).catch((err: unknown) =>
        this.logger.warn({ err, backendId: backend.id }, 'capacity not refreshed'),
      );
    }
  }

  /**
   * Reads disk templates and free capacity from the cluster, less what servers will take that it was not asked for or has not made yet: else a cluster
   * with a long queue would look empty, and get more. One whose job is just running may be counted twice.
   */
  async refresh(backend: BackendEntity): Promise<void> {
    const capacity = await readCapacity(this.pool.clientOf(backend));
    const [coming]: Coming[] = await this.dataSource.query(COMING, [backend.id]);
    await this.dataSource.manager.update(
      BackendEntity,
      { id: backend.id },
      { ...lessComing(capacity, coming), refreshedAt: () => 'now()' },
    );
  }
}

interface Coming {
  readonly servers: number;
  readonly ramMib: number;
  readonly diskMib: number;
}

const COMING = `
SELECT count(*)::integer AS servers, coalesce(sum(flavor.ram_mib), 0)::float8 AS "ramMib",
       coalesce(sum((SELECT sum(volume.size_gib) FROM volume WHERE volume.server_id = server.id AND NOT volume.is_deleted)) * 1024, 0)::float8 AS "diskMib"
  FROM effect JOIN server ON server.id::text = effect.object_id JOIN flavor ON flavor.id = server.flavor_id
 WHERE effect.object_type = 'server' AND effect.action = 'BUILD' AND effect.finished_at IS NULL AND effect.backend_id = $1`;

function lessComing(capacity: Awaited<ReturnType<typeof readCapacity>>, coming: Coming | undefined) {
  const { servers, ramMib, diskMib } = coming ?? { servers: 0, ramMib: 0, diskMib: 0 };
  return {
    ...capacity,
    memoryFreeMib: Math.max(0, capacity.memoryFreeMib - ramMib),
    diskFreeMib: Math.max(0, capacity.diskFreeMib - diskMib),
    instanceCount: capacity.instanceCount + servers,
  };
}

/** Sums over the nodes that may get instances. Source: ganeti spec 4.2, 4.4. */
async function readCapacity(rapi: RapiClient) {
  const info = await rapi.info();
  const nodes = (await rapi.nodes()).filter(
    (node) => node.vm_capable && !node.drained && !node.offline && node.cnodes !== 0,
  );
  const sum = (value: (node: GntNode) => number | null) =>
    nodes.reduce((total, node) => total + (value(node) ?? 0), 0);
  const allowed = new Set(info.ipolicy['disk-templates']);
  return {
    diskTemplates: info.enabled_disk_templates.filter((template) => allowed.has(template)),
    memoryFreeMib: sum((node) => node.mfree),
    memoryTotalMib: sum((node) => node.mtotal),
    diskFreeMib: sum((node) => node.dfree),
    diskTotalMib: sum((node) => node.dtotal),
    instanceCount: sum((node) => node.pinst_cnt),
    cpuTotal: sum((node) => node.ctotal),
  };
}
