/**
 * Makes sure that a network exists on a cluster before an instance is plugged into it. Everything here may be repeated, by anybody at any time: a job
 * that comes twice fails harmlessly, and the instance's job waits for the end of them, not for success. But Ganeti does jobs about one network one after
 * the other, and a hundred servers made at once would wait for a hundred of them: so servers of one worker share one look, and the jobs that it led to
 * until they have ended. Source: ganeti spec 3.3, compute spec 3.6.2.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import { isFinal, type JobDependency, type NetworkCreate, type RapiClient } from '@synnefo/ganeti-rapi';
import type { BackendEntity } from '../backend/backend.entity.js';
import { Naming } from '../installation/naming.js';
import { BackendNetworkEntity, NetworkEntity } from '../network/network.entity.js';
import { SubnetEntity } from '../subnet/subnet.entity.js';

const FINAL = ['canceled', 'success', 'error'] as const;
/** Ganeti wants an IPv4 subnet even where there is none. */
const DUMMY_SUBNET = '10.0.0.0/29';

interface MissingParts {
  readonly network: NetworkEntity;
  /** To which it is not connected. */
  readonly groups: readonly string[];
  /** Whether the cluster does not know it at all. */
  readonly isMissing: boolean;
  /** Jobs under way that come first. */
  readonly after: readonly number[];
}

@Injectable()
export class EnsureNetwork {
  /** By backend and network: who looks now, and the jobs that connect it to a group, by its name. */
  readonly #looks = new Map<string, Promise<JobDependency[]>>();
  readonly #connecting = new Map<string, Map<string, number>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly naming: Naming,
  ) {}

  /** @returns the jobs that the instance's job has to wait for; none when the network is there */
  on(backend: BackendEntity, networkId: number, rapi: RapiClient): Promise<JobDependency[]> {
    const key = `${backend.id}/${networkId}`;
    const underWay = this.#looks.get(key);
    if (underWay !== undefined) return underWay;
    const look = this.#look(backend, networkId, rapi).finally(() => this.#looks.delete(key));
    this.#looks.set(key, look);
    return look;
  }

  async #look(backend: BackendEntity, networkId: number, rapi: RapiClient): Promise<JobDependency[]> {
    const key = `${backend.id}/${networkId}`;
    const network = await this.dataSource.manager.findOneByOrFail(NetworkEntity, { id: networkId });
    await this.#remember(networkId, backend.id, macPrefixOn(backend, network));
    const existing = await rapi.findNetwork(this.naming.network(networkId));
    const connected = new Set((existing?.group_list ?? []).map(([group]) => group));
    const missing = (await rapi.groups()).map(({ name }) => name).filter((name) => !connected.has(name));
    const connecting = await openOf(this.#connecting.get(key), rapi);
    const wanted = missing.filter((group) => !connecting.has(group));
    if (wanted.length > 0) {
      // A connection that is under way has its network's making before it.
      const isMissing = existing === null && connecting.size === 0;
      const after = [...connecting.values()];
      const made = await this.#make(backend, { network, groups: wanted, isMissing, after }, rapi);
      for (const [group, jobId] of made) connecting.set(group, jobId);
    }
    if (missing.length > 0) this.#connecting.set(key, connecting);
    else this.#connecting.delete(key);
    return missing.flatMap((group) => {
      const jobId = connecting.get(group);
      return jobId === undefined ? [] : [[jobId, FINAL] as const];
    });
  }

  /** @returns the job that connects each group */
  async #make(
    backend: BackendEntity,
    { network, groups, isMissing, after }: MissingParts,
    rapi: RapiClient,
  ): Promise<Map<string, number>> {
    const name = this.naming.network(network.id);
    const request = await this.#request(network, name, macPrefixOn(backend, network));
    const before = isMissing ? [await rapi.createNetwork(request)] : after;
    const depends = before.map((jobId) => [jobId, FINAL] as const);
    const jobs = new Map<string, number>();
    for (const group of groups) {
      const connect = {
        group_name: group,
        network_mode: modeOf(network),
        network_link: network.link,
        conflicts_check: false,
      };
      jobs.set(group, await rapi.connectNetwork(name, connect, depends.length === 0 ? {} : { depends }));
    }
    return jobs;
  }

  async #remember(networkId: number, backendId: number, macPrefix: string): Promise<void> {
    await this.dataSource
      .createQueryBuilder()
      .insert()
      .into(BackendNetworkEntity)
      .values({ networkId, backendId, macPrefix })
      .orIgnore()
      .execute();
  }

  async #request(network: NetworkEntity, name: string, macPrefix: string): Promise<NetworkCreate> {
    const subnets = await this.dataSource.manager.findBy(SubnetEntity, {
      networkId: network.id,
      isDeleted: false,
    });
    const v4 = subnets.find((subnet) => subnet.ipVersion === 4);
    const v6 = subnets.find((subnet) => subnet.ipVersion === 6);
    const hasDhcp = subnets.some((subnet) => subnet.hasDhcp);
    return {
      network_name: name,
      network: v4?.cidr ?? DUMMY_SUBNET,
      ...(v4?.gateway ? { gateway: hostOf(v4.gateway) } : {}),
      ...(v6 === undefined ? {} : { network6: v6.cidr }),
      ...(v6?.gateway ? { gateway6: hostOf(v6.gateway) } : {}),
      mac_prefix: macPrefix,
      conflicts_check: false,
      tags: [...network.tags, ...(hasDhcp ? ['nfdhcpd'] : []), network.isPublic ? 'public' : 'private'],
    };
  }
}

/** Those of the jobs that have not ended. */
async function openOf(jobs: Map<string, number> | undefined, rapi: RapiClient): Promise<Map<string, number>> {
  const open = new Map<string, number>();
  for (const [group, jobId] of jobs ?? []) {
    const job = await rapi.findJob(jobId);
    if (job !== null && !isFinal(job.status)) open.set(group, jobId);
  }
  return open;
}

function macPrefixOn(backend: BackendEntity, network: NetworkEntity): string {
  return `${network.macPrefix}${backend.index.toString(16)}`;
}

function modeOf(network: NetworkEntity): 'bridged' | 'routed' {
  return network.mode === 'routed' ? 'routed' : 'bridged';
}

/** PostgreSQL writes `10.0.0.1` or `10.0.0.1/24`. */
function hostOf(address: string): string {
  return address.split('/', 1)[0] ?? address;
}
