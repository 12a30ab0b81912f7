/** Our networks beside those of a cluster. Rows are read first, the cluster after them. Source: compute spec 4.2. Pure. */
import type { GntNetwork } from '@synnefo/ganeti-rapi';
import type { Naming } from '../installation/naming.js';

export type NetworkDifferenceKind =
  /** The cluster has it, and we have no row that says so. */
  | 'unknown'
  /** A row says that the cluster has it, and it has not. */
  | 'missing'
  /** As `missing`, of a network that is being deleted: the delete was done. */
  | 'gone'
  /** Not connected to all node groups. */
  | 'unconnected'
  /** It is there and connected, and its row does not say so. */
  | 'inactive'
  /** The cluster has it, and there is no such network: it was deleted, or never was. */
  | 'orphan';

export interface NetworkDifference {
  readonly kind: NetworkDifferenceKind;
  readonly networkId: number;
  readonly here: string;
  readonly there: string;
}

export interface NetworkRow {
  readonly id: number;
  /** Changes with every write of the row. */
  readonly version: string;
  readonly action: 'CREATE' | 'DESTROY' | null;
  /** An effect of it is open. */
  readonly isBusy: boolean;
  readonly isDeleted: boolean;
  /** Deleted before the cluster was read. */
  readonly wasDeleted: boolean;
  readonly clusters: readonly { readonly backendId: number; readonly operstate: string }[];
}

export interface ClusterNetworks {
  readonly backendId: number;
  readonly networks: readonly GntNetwork[];
  /** Names of the node groups. */
  readonly groups: readonly string[];
}

/** @param rows all live networks as they were before the cluster was read, and what is known of others that the cluster has */
export function compareNetworks(
  rows: readonly NetworkRow[],
  cluster: ClusterNetworks,
  naming: Naming,
): NetworkDifference[] {
  const byId = new Map<number, GntNetwork>();
  for (const network of cluster.networks) {
    const id = naming.networkId(network.name);
    if (id !== null) byId.set(id, network);
  }
  const live = rows.filter((row) => !row.isDeleted && !row.isBusy);
  const known = new Map(rows.map((row) => [row.id, row]));
  const differences = live.flatMap((row) => compareNetwork(row, byId.get(row.id), cluster));
  const orphans = [...byId].flatMap(([networkId, { name }]): NetworkDifference[] => {
    const row = known.get(networkId);
    if (row !== undefined && (row.isBusy || !row.wasDeleted)) return [];
    return [{ kind: 'orphan', networkId, here: row === undefined ? 'unknown' : 'deleted', there: name }];
  });
  return [...differences, ...orphans];
}

function compareNetwork(
  row: NetworkRow,
  network: GntNetwork | undefined,
  { backendId, groups }: ClusterNetworks,
): NetworkDifference[] {
  const ours = row.clusters.find((cluster) => cluster.backendId === backendId);
  const difference = (kind: NetworkDifferenceKind, there: string): NetworkDifference[] => [
    {
      kind,
      networkId: row.id,
      here: row.action === 'DESTROY' ? 'DESTROY' : (ours?.operstate ?? 'none'),
      there,
    },
  ];
  if (network === undefined) {
    if (ours === undefined) return [];
    return difference(row.action === 'DESTROY' ? 'gone' : 'missing', 'no network');
  }
  if (row.action === 'DESTROY') return [];
  if (ours === undefined) return difference('unknown', network.name);
  const connected = new Set(network.group_list.map(([group]) => group));
  const lacking = groups.filter((group) => !connected.has(group));
  if (lacking.length > 0) return difference('unconnected', `not in ${lacking.join(', ')}`);
  return ours.operstate === 'ACTIVE' ? [] : difference('inactive', 'connected');
}
