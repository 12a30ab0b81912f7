/** Reads of servers with all their parts: a fixed number of statements for any number of servers. */
import { Injectable } from '@nestjs/common';
import type { Principal } from '@synnefo/auth';
import { DataSource } from '@synnefo/database';
import { In } from 'typeorm';
import { ServerEntity, ServerMetadataEntity } from './server.entity.js';

export interface ServerNic {
  readonly portId: number;
  readonly serverId: number;
  readonly networkId: number;
  readonly networkUuid: string;
  readonly networkName: string;
  readonly isPublic: boolean;
  readonly mac: string | null;
  readonly firewallProfile: string | null;
  readonly state: string;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
  readonly isFloating: boolean;
}

export interface ServerVolume {
  readonly id: number;
  readonly uuid: string;
  readonly serverId: number;
  readonly sizeGib: number;
  readonly project: string;
  readonly deletesOnTermination: boolean;
}

export interface ServerDiagnostic {
  readonly serverId: number;
  readonly level: string;
  readonly source: string;
  readonly sourceDate: Date;
  readonly message: string;
  readonly details: string | null;
  readonly createdAt: Date;
}

export interface ServerRecord {
  readonly server: ServerEntity;
  readonly metadata: Readonly<Record<string, string>>;
  readonly nics: readonly ServerNic[];
  readonly volumes: readonly ServerVolume[];
  /** The newest, if there is any. */
  readonly diagnostics: readonly ServerDiagnostic[];
}

export interface ServerFilter {
  readonly changesSince?: Date;
  /** A regular expression. */
  readonly name?: string;
  /** Regular expressions too: of an IPv4, of an IPv6 address. */
  readonly ip?: string;
  readonly ip6?: string;
  readonly operstates?: readonly string[];
  readonly isDeleted?: boolean;
  readonly flavorId?: string;
  readonly imageId?: string;
  /** Of the last server of the page before. */
  readonly afterId?: number;
  readonly limit?: number;
  /** Newest first, as compute v2.1 lists. */
  readonly isDescending?: boolean;
}

/** compute spec 1.0.6: own, or shared to a project of the caller's. */
const VISIBLE = '(server.user_uuid = $1 OR (server.shared_to_project AND server.project = ANY($2)))';

const NICS = `
SELECT port.id AS "portId", port.server_id AS "serverId", network.id AS "networkId", network.uuid AS "networkUuid", network.name AS "networkName",
       network.is_public AS "isPublic", port.mac, port.firewall_profile AS "firewallProfile", port.state,
       max(host(address)) FILTER (WHERE ip_version = 4) AS ipv4, max(host(address)) FILTER (WHERE ip_version = 6) AS ipv6,
       coalesce(bool_or(is_floating), false) AS "isFloating"
  FROM port JOIN network ON network.id = port.network_id LEFT JOIN ip_address ON ip_address.port_id = port.id AND NOT ip_address.is_deleted
 WHERE port.server_id = ANY($1)
 GROUP BY port.id, network.id ORDER BY port.id`;

const VOLUMES = `
SELECT id, uuid, server_id AS "serverId", size_gib AS "sizeGib", project, deletes_on_termination AS "deletesOnTermination"
  FROM volume WHERE server_id = ANY($1) AND NOT is_deleted ORDER BY "index", id`;

/** The newest of each server. */
const DIAGNOSTICS = `
SELECT DISTINCT ON (server_id) server_id AS "serverId", level, source, source_date AS "sourceDate", message, details, created_at AS "createdAt"
  FROM server_diagnostic WHERE server_id = ANY($1) ORDER BY server_id, id DESC`;

@Injectable()
export class ServerRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @param id integer or UUID, as the caller wrote it */
  async find(principal: Principal, id: string): Promise<ServerEntity | null> {
    const rows: { id: number }[] = await this.dataSource.query(
      `SELECT id FROM server WHERE ${VISIBLE} AND (id::text = $3 OR uuid::text = $3)`,
      [principal.userUuid, principal.projectIds, id.toLowerCase()],
    );
    const row = rows[0];
    return row === undefined ? null : this.dataSource.manager.findOneBy(ServerEntity, { id: row.id });
  }

  async list(principal: Principal, filter: ServerFilter): Promise<ServerEntity[]> {
    const { where, parameters } = conditions(principal, filter);
    const order = filter.isDescending === true ? 'DESC' : 'ASC';
    const limit = filter.limit === undefined ? '' : `LIMIT ${Math.trunc(filter.limit)}`;
    const ids: { id: number }[] = await this.dataSource.query(
      `SELECT id FROM server WHERE ${where.join(' AND ')} ORDER BY id ${order} ${limit}`,
      parameters,
    );
    if (ids.length === 0) return [];
    return this.dataSource.manager.find(ServerEntity, {
      where: { id: In(ids.map((row) => row.id)) },
      order: { id: order },
    });
  }

  async withParts(servers: readonly ServerEntity[]): Promise<ServerRecord[]> {
    if (servers.length === 0) return [];
    const ids = servers.map((server) => server.id);
    const metadata = await this.dataSource.manager.findBy(ServerMetadataEntity, { serverId: In(ids) });
    const nics: ServerNic[] = await this.dataSource.query(NICS, [ids]);
    const volumes: ServerVolume[] = await this.dataSource.query(VOLUMES, [ids]);
    const diagnostics: ServerDiagnostic[] = await this.dataSource.query(DIAGNOSTICS, [ids]);
    return servers.map((server) => ({
      server,
      metadata: Object.fromEntries(
        metadata.filter((row) => row.serverId === server.id).map((row) => [row.key, row.value]),
      ),
      nics: nics.filter((nic) => nic.serverId === server.id),
      volumes: volumes.filter((volume) => volume.serverId === server.id),
      diagnostics: diagnostics.filter((diagnostic) => diagnostic.serverId === server.id),
    }));
  }
}

function conditions(principal: Principal, filter: ServerFilter): { where: string[]; parameters: unknown[] } {
  const where = [VISIBLE];
  const parameters: unknown[] = [principal.userUuid, principal.projectIds];
  const add = (condition: (parameter: string) => string, value: unknown): void => {
    if (value === undefined) return;
    parameters.push(value);
    where.push(condition(`$${parameters.length}`));
  };
  const isDeleted = filter.isDeleted ?? (filter.changesSince === undefined ? false : undefined);
  add((p) => `server.is_deleted = ${p}`, isDeleted);
  add((p) => `server.updated_at >= ${p}`, filter.changesSince);
  add((p) => `server.name ~ ${p}`, filter.name);
  add((p) => addressMatches(4, p), filter.ip);
  add((p) => addressMatches(6, p), filter.ip6);
  add((p) => `server.operstate = ANY(${p})`, filter.operstates);
  add((p) => `server.flavor_id::text = ${p}`, filter.flavorId);
  add((p) => `server.image_id = ${p}`, filter.imageId);
  add((p) => `server.id ${filter.isDescending === true ? '<' : '>'} ${p}`, filter.afterId);
  return { where, parameters };
}

/** Some address of the server does. */
function addressMatches(version: 4 | 6, parameter: string): string {
  return `EXISTS (SELECT 1 FROM port JOIN ip_address ON ip_address.port_id = port.id AND NOT ip_address.is_deleted
                   WHERE port.server_id = server.id AND ip_version = ${version} AND host(address) ~ ${parameter})`;
}
