import { z } from 'zod';

const parameters = z.record(z.string(), z.unknown());

/** `/2/info`: the parts that we use; the rest is kept. */
export const clusterInfoSchema = z.looseObject({
  name: z.string(),
  uuid: z.string(),
  master: z.string(),
  software_version: z.string(),
  config_version: z.number(),
  default_hypervisor: z.string(),
  enabled_hypervisors: z.array(z.string()),
  enabled_disk_templates: z.array(z.string()),
  ipolicy: z.looseObject({ 'disk-templates': z.array(z.string()) }),
  beparams: parameters,
  mac_prefix: z.string(),
  max_running_jobs: z.number(),
  tags: z.array(z.string()),
});
export type ClusterInfo = z.infer<typeof clusterInfoSchema>;

const mib = z.number().nullable();

/** A node. Amounts are MiB; null when the node does not answer. `dfree` is that of a local volume group, no use for `ext`. */
export const nodeSchema = z.looseObject({
  name: z.string(),
  uuid: z.string(),
  role: z.string(),
  offline: z.boolean(),
  drained: z.boolean(),
  vm_capable: z.boolean(),
  mtotal: mib,
  mfree: mib,
  dtotal: mib,
  dfree: mib,
  ctotal: z.number().nullable(),
  cnodes: z.number().nullable(),
  pinst_cnt: z.number().nullable(),
  pinst_list: z.array(z.string()),
});
export type GntNode = z.infer<typeof nodeSchema>;

export const groupSchema = z.looseObject({
  name: z.string(),
  uuid: z.string(),
  node_cnt: z.number().nullable(),
  node_list: z.array(z.string()),
  alloc_policy: z.string(),
});
export type GntGroup = z.infer<typeof groupSchema>;

export const networkSchema = z.looseObject({
  name: z.string(),
  uuid: z.string(),
  network: z.string().nullable(),
  gateway: z.string().nullable(),
  network6: z.string().nullable(),
  gateway6: z.string().nullable(),
  mac_prefix: z.string().nullable(),
  free_count: z.number().nullable(),
  reserved_count: z.number().nullable(),
  /** One character an address: `X` used or reserved, `.` free. */
  map: z.string().nullable(),
  external_reservations: z.string().nullable(),
  /** `[group, mode, link, vlan]` */
  group_list: z.array(z.array(z.string())),
  inst_list: z.array(z.string()),
  tags: z.array(z.string()),
});
export type GntNetwork = z.infer<typeof networkSchema>;

/** Body of `POST /2/networks`. Ganeti wants an IPv4 subnet, at most a /16. */
export interface NetworkCreate {
  readonly network_name: string;
  readonly network: string;
  readonly gateway?: string;
  readonly network6?: string;
  readonly gateway6?: string;
  /** Three octets. */
  readonly mac_prefix?: string;
  readonly conflicts_check?: boolean;
  readonly add_reserved_ips?: readonly string[];
  readonly tags?: readonly string[];
}

/** Body of `PUT /2/networks/[name]/connect`. */
export interface NetworkConnect {
  readonly group_name: string;
  readonly network_mode: 'bridged' | 'routed' | 'openvswitch';
  readonly network_link: string;
  readonly network_vlan?: string;
  readonly conflicts_check?: boolean;
}
