import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';

export interface CatalogService {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly uiUrl: string | null;
  readonly endpoints: readonly CatalogEndpoint[];
}

export interface CatalogEndpoint {
  readonly id: number;
  readonly face: 'v2' | 'v3';
  readonly data: Readonly<Record<string, string>>;
}

interface Row {
  readonly service_id: number;
  readonly name: string;
  readonly type: string;
  readonly ui_url: string | null;
  readonly endpoint_id: number;
  readonly face: 'v2' | 'v3';
  readonly data: Record<string, string>;
}

@Injectable()
export class CatalogReader {
  constructor(private readonly dataSource: DataSource) {}

  /** Every registered service with its endpoints, in the order of registration. */
  async list(): Promise<CatalogService[]> {
    const rows: Row[] = await this.dataSource.query(
      `SELECT s.id AS service_id, s.name, s.type, c.ui_url, e.id AS endpoint_id, e.face, e.data
       FROM service s JOIN component c ON c.id = s.component_id JOIN endpoint e ON e.service_id = s.id
       ORDER BY s.id, e.id`,
    );
    const services = new Map<number, CatalogService & { endpoints: CatalogEndpoint[] }>();
    for (const row of rows) {
      const known = services.get(row.service_id);
      const service = known ?? {
        id: row.service_id,
        name: row.name,
        type: row.type,
        uiUrl: row.ui_url,
        endpoints: [],
      };
      if (known === undefined) services.set(row.service_id, service);
      service.endpoints.push({ id: row.endpoint_id, face: row.face, data: row.data });
    }
    return [...services.values()];
  }
}
