/**
 * Makes sure that a network exists on a cluster before an instance is plugged into it. Everything here may be repeated, by anybody at any time: a job
 * that comes twice fails harmlessly, and the instance's job waits for the end of them, not for success. Source: ganeti spec 3.3, compute spec 3.6.2.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import type { JobDependency, NetworkCreate, RapiClient } from '@synnefo/ganeti-rapi';
import type { BackendEntity } from '../backend/backend.entity.js';
import { Naming } from '../installation/naming.js';
import { BackendNetworkEntity, NetworkEntity } from '../network/network.entity.js';
import { SubnetEntity } from '../subnet/subnet.entity.js';

const FINAL = ['canceled', 'success', 'error'] as const;
/** Ganeti wants an IPv4 subnet even where there is none. */
const DUMMY_SUBNET = '10.0.0.0/29';

@Injectable()
export class EnsureNetwork {
  constructor(
    private readonly dataSource: DataSource,
    private readonly naming: Naming,
  ) {}

  /** @returns the jobs that the instance's job has to wait for; none when the network is there */
  async on(backend: BackendEntity, networkId: number, rapi: RapiClient): Promise<JobDependency[]> {
    const network = await this.dataSource.manager.findOneByOrFail(NetworkEntity, { id: networkId });
    const macPrefix = `${network.macPrefix}${backend.index.toString(16)}`;
    await this.#remember(networkId, backend.id, macPrefix);
    const name = this.naming.network(networkId);
    const existing = await rapi.findNetwork(name);
    const addJob =
      existing === null ? await rapi.createNetwork(await this.#request(network, name, macPrefix)) : null;
    const connected = new Set((existing?.group_list ?? []).map(([group]) => group));
    const depends: JobDependency[] = [];
    for (const group of await rapi.groups()) {
      if (connected.has(group.name)) continue;
      const connect = {
        group_name: group.name,
        network_mode: modeOf(network),
        network_link: network.link,
        conflicts_check: false,
      };
      const jobId = await rapi.connectNetwork(
        name,
        connect,
        addJob === null ? {} : { depends: [[addJob, FINAL]] },
      );
      depends.push([jobId, FINAL]);
    }
    return depends;
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

function modeOf(network: NetworkEntity): 'bridged' | 'routed' {
  return network.mode === 'routed' ? 'routed' : 'bridged';
}

/** PostgreSQL writes `10.0.0.1` or `10.0.0.1/24`. */
function hostOf(address: string): string {
  return address.split('/', 1)[0] ?? address;
}
