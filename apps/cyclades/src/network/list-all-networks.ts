import type { DataSource } from '@synnefo/database';

export interface ListedNetwork {
  readonly id: number;
  readonly name: string;
  readonly userUuid: string | null;
  readonly state: string;
  readonly isPublic: boolean;
  readonly cidr: string | null;
  readonly gateway: string | null;
  readonly link: string;
  readonly macPrefix: string;
  readonly isDrained: boolean;
  readonly isFloatingIpPool: boolean;
}

/** Every network that is not deleted, for operators. */
export function listAllNetworks(dataSource: DataSource, onlyPublic: boolean): Promise<ListedNetwork[]> {
  return dataSource.query(
    `SELECT network.id, network.name, network.user_uuid AS "userUuid", network.state, network.is_public AS "isPublic", subnet.cidr::text AS cidr,
            host(subnet.gateway) AS gateway, network.link, network.mac_prefix AS "macPrefix", network.is_drained AS "isDrained",
            network.is_floating_ip_pool AS "isFloatingIpPool"
       FROM network LEFT JOIN subnet ON subnet.network_id = network.id AND subnet.ip_version = 4 AND NOT subnet.is_deleted
      WHERE NOT network.is_deleted AND (network.is_public OR NOT $1) ORDER BY network.id`,
    [onlyPublic],
  );
}
