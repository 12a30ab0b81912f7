/** Parameters of the opcodes: order, types and defaults. Source: Ganeti 3.0 opcode definitions, as its RAPI and its jobs show them. */
import type { OpRecord } from '../job/job.js';
import { HttpError } from '../http/http-error.js';
import { parseSubnet } from '../cluster/ip-pool.js';
import { isIPv4 } from 'node:net';

type Check = (value: unknown) => boolean;

interface Parameter {
  readonly check: Check;
  /** Without one, an absent parameter is left out of the job. */
  readonly byDefault?: unknown;
  readonly isRequired?: true;
}

const isDict: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string';
const isName: Check = (value) => typeof value === 'string' && value !== '';
const isBool: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isTextList: Check = (value) => Array.isArray(value) && value.every(isText);
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    typeof value === 'string' && values.includes(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

const NIC_KEYS = ['bridge', 'ip', 'link', 'mac', 'mode', 'name', 'network', 'vlan'];
const isNic: Check = (value) =>
  isDict(value) &&
  Object.entries(value as object).every(([key, item]) => NIC_KEYS.includes(key) && orNull(isText)(item));
const isNicList: Check = (value) => Array.isArray(value) && value.every(isNic);
const isDictList: Check = (value) => Array.isArray(value) && value.every(isDict);
const CHANGES = ['add', 'attach', 'modify', 'remove', 'detach'];
const changesOf =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) &&
    value.every(
      (change: unknown) =>
        Array.isArray(change) &&
        change.length === 3 &&
        CHANGES.includes(String(change[0])) &&
        (typeof change[1] === 'number' || isName(change[1])) &&
        item(change[2]),
    );
const isSubnet: Check = (value) => typeof value === 'string' && parseSubnet(value) !== null;
const isMacPrefix: Check = (value) =>
  typeof value === 'string' && /^[0-9a-f]{2}(:[0-9a-f]{2}){2}$/i.test(value);
const isAddress: Check = (value) => typeof value === 'string' && isIPv4(value);
const isAddressList: Check = (value) => Array.isArray(value) && value.every(isAddress);

const required = (check: Check): Parameter => ({ check, isRequired: true });
const optional = (check: Check): Parameter => ({ check: orNull(check) });
const defaulted = (check: Check, byDefault: unknown): Parameter => ({ check, byDefault });
const no = defaulted(isBool, false);
const yes = defaulted(isBool, true);
const dict = (): Parameter => defaulted(isDict, {});

export const TEMPLATES = [
  'sharedfile',
  'diskless',
  'plain',
  'gluster',
  'blockdev',
  'drbd',
  'ext',
  'file',
  'rbd',
];
const NETWORK_MODES = oneOf('bridged', 'openvswitch', 'routed');
const instanceName = { instance_name: required(isName) };
const networkName = { network_name: required(isName) };
const tagParameters = { kind: required(isText), tags: required(isTextList), name: optional(isText) };

const OPCODES: Readonly<
  Record<string, { className: string; parameters: Readonly<Record<string, Parameter>> }>
> = {
  OP_INSTANCE_CREATE: {
    className: 'OpInstanceCreate',
    parameters: {
      ...instanceName,
      ...{
        force_variant: no,
        wait_for_sync: yes,
        name_check: yes,
        ignore_ipolicy: no,
        opportunistic_locking: no,
      },
      beparams: dict(),
      disks: required(isDictList),
      disk_template: optional(oneOf(...TEMPLATES)),
      ...{ file_driver: optional(oneOf('loop', 'blktap', 'blktap2')), file_storage_dir: optional(isText) },
      hvparams: dict(),
      ...{ hypervisor: optional(isText), iallocator: optional(isText), group_name: optional(isText) },
      ...{ identify_defaults: no, reset_defaults: optional(isBool), ip_check: yes, conflicts_check: yes },
      mode: required(oneOf('create', 'import', 'remote-import')),
      nics: required(isNicList),
      no_install: optional(isBool),
      osparams: dict(),
      ...{ osparams_private: optional(isDict), osparams_secret: optional(isDict), os_type: optional(isText) },
      ...{
        pnode: optional(isText),
        pnode_uuid: optional(isText),
        snode: optional(isText),
        src_node: optional(isText),
      },
      ...{
        src_path: optional(isText),
        source_shutdown_timeout: defaulted(isCount, 120),
        compress: defaulted(isText, 'none'),
      },
      ...{
        start: yes,
        forthcoming: no,
        commit: no,
        tags: defaulted(isTextList, []),
        instance_communication: no,
      },
      ...{ helper_startup_timeout: optional(isCount), helper_shutdown_timeout: optional(isCount) },
    },
  },
  OP_INSTANCE_REMOVE: {
    className: 'OpInstanceRemove',
    parameters: { ...instanceName, shutdown_timeout: defaulted(isCount, 120), ignore_failures: no },
  },
  OP_INSTANCE_STARTUP: {
    className: 'OpInstanceStartup',
    parameters: {
      ...{ ...instanceName, force: no, ignore_offline_nodes: no, hvparams: dict(), beparams: dict() },
      ...{ no_remember: no, startup_paused: no, shutdown_timeout: defaulted(isCount, 120) },
    },
  },
  OP_INSTANCE_SHUTDOWN: {
    className: 'OpInstanceShutdown',
    parameters: {
      ...{ ...instanceName, force: no, ignore_offline_nodes: no, timeout: defaulted(isCount, 120) },
      ...{ no_remember: no, admin_state_source: defaulted(oneOf('admin', 'user'), 'admin') },
    },
  },
  OP_INSTANCE_REBOOT: {
    className: 'OpInstanceReboot',
    parameters: {
      ...{ ...instanceName, shutdown_timeout: defaulted(isCount, 120), ignore_secondaries: no },
      reboot_type: required(oneOf('soft', 'hard', 'full')),
    },
  },
  OP_INSTANCE_SET_PARAMS: {
    className: 'OpInstanceSetParams',
    parameters: {
      ...{ ...instanceName, force: no, force_variant: no, ignore_ipolicy: no },
      nics: defaulted(changesOf(isNic), []),
      disks: defaulted(changesOf(isDict), []),
      ...{
        beparams: dict(),
        hvparams: dict(),
        ext_params: dict(),
        disk_template: optional(oneOf(...TEMPLATES)),
      },
      ...{ os_name: optional(isText), osparams: dict(), wait_for_sync: yes, offline: optional(isBool) },
      ...{
        conflicts_check: yes,
        hotplug: no,
        hotplug_if_possible: no,
        runtime_mem: optional(isCount),
        pnode: optional(isText),
      },
    },
  },
  OP_INSTANCE_GROW_DISK: {
    className: 'OpInstanceGrowDisk',
    parameters: {
      ...{ ...instanceName, wait_for_sync: yes, disk: required(isCount), amount: required(isCount) },
      ...{ absolute: no, ignore_ipolicy: no },
    },
  },
  OP_NETWORK_ADD: {
    className: 'OpNetworkAdd',
    parameters: {
      ...{
        ...networkName,
        network: required(isSubnet),
        gateway: optional(isAddress),
        network6: optional(isText),
      },
      ...{
        gateway6: optional(isText),
        mac_prefix: optional(isMacPrefix),
        add_reserved_ips: optional(isAddressList),
      },
      ...{ conflicts_check: yes, tags: defaulted(isTextList, []) },
    },
  },
  OP_NETWORK_REMOVE: { className: 'OpNetworkRemove', parameters: { ...networkName, force: no } },
  OP_NETWORK_SET_PARAMS: {
    className: 'OpNetworkSetParams',
    parameters: {
      ...{
        ...networkName,
        gateway: optional(isAddress),
        network6: optional(isText),
        gateway6: optional(isText),
      },
      ...{
        mac_prefix: optional(isMacPrefix),
        add_reserved_ips: optional(isAddressList),
        remove_reserved_ips: optional(isAddressList),
      },
    },
  },
  OP_NETWORK_CONNECT: {
    className: 'OpNetworkConnect',
    parameters: {
      ...{ group_name: required(isName), ...networkName, network_mode: required(NETWORK_MODES) },
      ...{ network_link: required(isName), network_vlan: defaulted(isText, ''), conflicts_check: yes },
    },
  },
  OP_NETWORK_DISCONNECT: {
    className: 'OpNetworkDisconnect',
    parameters: { group_name: required(isName), ...networkName },
  },
  OP_TAGS_SET: { className: 'OpTagsSet', parameters: tagParameters },
  OP_TAGS_DEL: { className: 'OpTagsDel', parameters: tagParameters },
  OP_CLUSTER_SET_PARAMS: { className: 'OpClusterSetParams', parameters: { force: no } },
  OP_OS_DIAGNOSE: {
    className: 'OpOsDiagnose',
    parameters: { output_fields: required(isTextList), names: defaulted(isTextList, []) },
  },
};

/** Legal in every opcode. */
const COMMON = {
  dry_run: isBool,
  debug_level: isCount,
  priority: (value: unknown) => typeof value === 'number' && Number.isInteger(value),
  depends: orNull(isDependencies),
  comment: orNull(isText),
  reason: Array.isArray,
} satisfies Record<string, Check>;

const FINAL = ['canceled', 'success', 'error'];

function isDependencies(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (item: unknown) =>
        Array.isArray(item) &&
        item.length === 2 &&
        typeof item[0] === 'number' &&
        Array.isArray(item[1]) &&
        item[1].every((status: unknown) => FINAL.includes(String(status))),
    )
  );
}

/** Makes the opcode that a request asks for. @throws HttpError 400 as RAPI, 502 for what only the master checks */
export function fillOpcode(opId: string, given: Readonly<Record<string, unknown>>): OpRecord {
  assertKnown(opId, given);
  const values = ownParameters(opId, given);
  if (opId === 'OP_INSTANCE_CREATE') checkDiskSizes(values.disks);
  return {
    ...(typeof given.dry_run === 'boolean' ? { dry_run: given.dry_run } : {}),
    debug_level: numberOr(given.debug_level, 0),
    priority: numberOr(given.priority, 0),
    depends: (given.depends ?? null) as OpRecord['depends'], // checked by COMMON
    comment: typeof given.comment === 'string' ? given.comment : null,
    reason: (given.reason ?? []) as OpRecord['reason'], // made by the caller, never by the client
    OP_ID: opId,
    ...values,
  };
}

function assertKnown(opId: string, given: Readonly<Record<string, unknown>>): void {
  const { className, parameters } = OPCODES[opId] ?? { className: opId, parameters: {} };
  for (const name of Object.keys(given)) {
    if (name in parameters || name in COMMON) continue;
    const words = `Invalid body parameters: Object ${className} doesn't support the parameter '${name}'`;
    throw new HttpError(400, words);
  }
  for (const [name, check] of Object.entries(COMMON)) {
    if (name in given && !check(given[name])) throw invalid(opId, name);
  }
}

/** The opcode's own parameters, with defaults, in the order of its definition: the first wrong one is named. */
function ownParameters(opId: string, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(OPCODES[opId]?.parameters ?? {})) {
    const value = given[name] ?? parameter.byDefault ?? null;
    const isLeftOut = value === null && !(name in given) && parameter.isRequired !== true;
    if (isLeftOut) continue;
    if (!parameter.check(value)) throw invalid(opId, name);
    if (value !== null) values[name] = value;
  }
  return values;
}

function invalid(opId: string, name: string): HttpError {
  return new HttpError(
    400,
    `Invalid body parameters: ("Parameter '${opId}.${name}' fails validation", 'wrong_input')`,
  );
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** RAPI lets these through; the master refuses to parse them. */
function checkDiskSizes(disks: unknown): void {
  for (const disk of Array.isArray(disks) ? (disks as Record<string, unknown>[]) : []) {
    const { mode = 'rw', size = 0 } = disk;
    if (mode !== 'rw' && mode !== 'ro') throw unparsable(mode);
    if (typeof size !== 'number' && !(typeof size === 'string' && /^\d+$/.test(size))) throw unparsable(size);
  }
}

function unparsable(value: unknown): HttpError {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const words = `Failed to parse request: SubmitJob: Can't parse value for 'disks': Can't parse string '${text}'`;
  return new HttpError(502, words);
}
