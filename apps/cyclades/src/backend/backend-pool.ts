import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import { RapiClient } from '@synnefo/ganeti-rapi';
import { BackendEntity } from './backend.entity.js';

interface Entry {
  readonly client: RapiClient;
  readonly key: string;
}

/** One RAPI client a cluster, made again when its address or credentials change. */
@Injectable()
export class BackendPool implements OnApplicationShutdown {
  readonly #entries = new Map<number, Entry>();

  constructor(private readonly dataSource: DataSource) {}

  /** @throws Error when there is no such backend */
  async client(backendId: number): Promise<RapiClient> {
    const backend = await this.dataSource.manager.findOneBy(BackendEntity, { id: backendId });
    if (backend === null) throw new Error(`no backend ${backendId}`);
    return this.clientOf(backend);
  }

  clientOf(backend: BackendEntity): RapiClient {
    const { rapiUrl, username, password, verifiesTls, caPem } = backend;
    const key = JSON.stringify([rapiUrl, username, password, verifiesTls, caPem]);
    const known = this.#entries.get(backend.id);
    if (known?.key === key) return known.client;
    void known?.client.close();
    const client = new RapiClient({
      url: rapiUrl,
      username,
      password,
      insecure: !verifiesTls,
      certificate: caPem ?? undefined,
    });
    this.#entries.set(backend.id, { client, key });
    return client;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled([...this.#entries.values()].map(({ client }) => client.close()));
  }
}
