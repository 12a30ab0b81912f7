import { z } from 'zod';

const names = z.array(z.string().nullable());
const parameters = z.record(z.string(), z.unknown());

/**
 * An instance as `/2/instances/[name]` shows it. The `nic.*` and `disk.*` lists run parallel, by index. Null means unknown (node away) in
 * `oper_state`, `oper_ram`, `oper_vcpus`; only `oper_state: false` says that the instance does not run.
 */
export const instanceSchema = z.looseObject({
  name: z.string(),
  uuid: z.string(),
  /** running, ADMIN_down, ADMIN_offline, ERROR_down, ERROR_up, ERROR_nodedown, ERROR_nodeoffline, USER_down, ERROR_wrongnode */
  status: z.string(),
  admin_state: z.enum(['up', 'down', 'offline']),
  oper_state: z.boolean().nullable(),
  oper_ram: z.number().nullable(),
  oper_vcpus: z.number().nullable(),
  os: z.string(),
  pnode: z.string().nullable(),
  snodes: z.array(z.string()),
  disk_template: z.string(),
  network_port: z.number().nullable(),
  'nic.names': names,
  'nic.uuids': z.array(z.string()),
  'nic.macs': names,
  'nic.ips': names,
  'nic.modes': names,
  'nic.links': names,
  'nic.networks': names,
  'nic.networks.names': names,
  'disk.names': names,
  'disk.uuids': z.array(z.string()),
  /** MiB */
  'disk.sizes': z.array(z.number().nullable()),
  beparams: parameters,
  hvparams: parameters,
  ctime: z.number().nullable(),
  mtime: z.number().nullable(),
  serial_no: z.number(),
  tags: z.array(z.string()),
});
export type Instance = z.infer<typeof instanceSchema>;

export const consoleSchema = z.looseObject({
  instance: z.string(),
  kind: z.string(),
  host: z.string().nullish(),
  port: z.number().nullish(),
  user: z.string().nullish(),
  command: z.union([z.string(), z.array(z.string())]).nullish(),
  message: z.string().nullish(),
});
export type InstanceConsole = z.infer<typeof consoleSchema>;

/** A NIC of a create request; `network` excludes `mode` and `link`. */
export interface NicCreate {
  readonly name?: string;
  readonly mac?: string;
  readonly ip?: string | null;
  readonly network?: string;
  readonly mode?: 'bridged' | 'routed' | 'openvswitch';
  readonly link?: string;
  readonly vlan?: string;
}

/** A disk of a create request; keys that Ganeti does not know go to the `ext` provider as `EXTP_<KEY>`. */
export interface DiskCreate {
  /** MiB */
  readonly size: number;
  readonly name?: string;
  readonly mode?: 'rw' | 'ro';
  readonly access?: 'userspace' | 'kernelspace';
  readonly provider?: string;
  readonly [providerParameter: string]: string | number | undefined;
}

/** Body of `POST /2/instances`; `__version__` and `mode` are added. Give `name_check` and `ip_check` false: they are on by default. */
export interface InstanceCreate {
  readonly instance_name: string;
  readonly disk_template: string;
  readonly disks: readonly DiskCreate[];
  readonly nics: readonly NicCreate[];
  readonly os_type?: string;
  readonly hypervisor?: string;
  readonly beparams?: Readonly<Record<string, number | boolean>>;
  readonly hvparams?: Readonly<Record<string, unknown>>;
  readonly osparams?: Readonly<Record<string, string>>;
  readonly pnode?: string;
  readonly iallocator?: string;
  readonly name_check?: boolean;
  readonly ip_check?: boolean;
  readonly conflicts_check?: boolean;
  readonly start?: boolean;
  readonly no_install?: boolean;
  readonly wait_for_sync?: boolean;
  readonly opportunistic_locking?: boolean;
  readonly tags?: readonly string[];
}

/** `[operation, index or name or uuid, parameters]`; index -1 is the end (add) or the last. */
export type ItemChange = readonly [
  'add' | 'attach' | 'modify' | 'remove' | 'detach',
  number | string,
  Readonly<Record<string, string | number | boolean | null>>,
];

/** Body of `PUT /2/instances/[name]/modify`. */
export interface InstanceModify {
  readonly nics?: readonly ItemChange[];
  readonly disks?: readonly ItemChange[];
  readonly beparams?: Readonly<Record<string, number | boolean>>;
  readonly hvparams?: Readonly<Record<string, unknown>>;
  readonly os_name?: string;
  readonly offline?: boolean;
  readonly hotplug?: boolean;
  readonly hotplug_if_possible?: boolean;
  readonly wait_for_sync?: boolean;
}
