/** The resources of the remote API. Source: Ganeti 3.0 RAPI documentation; answers as 3.0.2 gives them. */
import { GROUP_NAME, NODE_NAME } from '../cluster/cluster-config.js';
import { infoView } from '../cluster/defaults.js';
import { groupView, instanceView, networkView } from '../cluster/views.js';
import { currentNode, type Handler, type RapiCall, type RouteContext } from './call.js';
import { HttpError } from './http-error.js';
import { consoleOf } from './console.js';
import { getJob, listJobs, waitForJob } from './jobs.js';
import { query, queryFields } from './query.js';
import { dependsOnly, flagOf, submit, type Submission } from './submit.js';
import { getTags, tagHandler } from './tags.js';

interface Route {
  readonly pattern: RegExp;
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Reading needs the right to write, too. */
  readonly needsWrite?: true;
}

const FEATURES = [
  'node-evac-res1',
  'node-migrate-reqv1',
  'instance-create-reqv1',
  'instance-reinstall-reqv1',
];
const ROLES = { M: 'master' };

const instance = (
  method: 'PUT' | 'POST' | 'DELETE',
  action: string,
  build: (call: RapiCall) => Partial<Submission>,
): Route['handlers'] => ({
  [method]: ({ queue }, call) => {
    const [name = ''] = call.names;
    const resource = action === '' ? 'instances_name' : `instances_name_${action}`;
    const { fixed, ...rest } = build(call);
    return submit(queue, {
      opId: '',
      resource,
      query: call.query,
      body: call.body,
      ...rest,
      fixed: { instance_name: name, ...fixed },
    });
  },
});
const dryRun = (call: RapiCall): { dry_run: boolean } => ({ dry_run: flagOf(call.query, 'dry-run') });
const network = (method: 'PUT' | 'DELETE', action: string, opId: string): Route['handlers'] => ({
  [method]: ({ queue }: RouteContext, call: RapiCall) => {
    const [name = ''] = call.names;
    const resource = action === '' ? 'networks_name' : `networks_name_${action}`;
    return submit(queue, {
      opId,
      resource,
      query: call.query,
      body: call.body,
      fixed: { network_name: name, ...dryRun(call) },
    });
  },
});

const listInstances: Handler = (context, call) => {
  const instances = Object.values(context.cluster.config.instances);
  if (flagOf(call.query, 'bulk'))
    return instances.map((one) => instanceView(one, context.cluster, context.guests));
  return instances.map(({ name }) => ({ id: name, uri: `/2/instances/${name}` }));
};
const getInstance: Handler = (context, { names: [name = ''] }) => {
  const found = context.cluster.findInstance(name);
  if (found === null) throw new HttpError(404);
  return instanceView(found, context.cluster, context.guests);
};
const createInstance: Handler = ({ queue }, call) => {
  const { __version__: version = 0, ...body } = asRecord(call.body);
  if (version === 0) throw new HttpError(400, 'Instance creation request version 0 is no longer supported');
  if (version !== 1) throw new HttpError(400, `Unsupported request data version ${String(version)}`);
  const rename = { os: 'os_type', name: 'instance_name' };
  return submit(queue, {
    opId: 'OP_INSTANCE_CREATE',
    resource: 'instances',
    query: call.query,
    body,
    fixed: dryRun(call),
    rename,
  });
};
const listNetworks: Handler = ({ cluster }, call) => {
  const networks = Object.values(cluster.config.networks);
  if (flagOf(call.query, 'bulk')) return networks.map((one) => networkView(one, cluster));
  return networks.map(({ name }) => ({ name, uri: `/2/networks/${name}` }));
};
const getNetwork: Handler = ({ cluster }, { names: [name = ''] }) => {
  const found = cluster.findNetwork(name);
  if (found === null) throw new HttpError(404);
  return networkView(found, cluster);
};
const createNetwork: Handler = ({ queue }, call) => {
  const body = asRecord(call.body);
  assertSubnet(body.network);
  const rename = { name: 'network_name' };
  return submit(queue, {
    opId: 'OP_NETWORK_ADD',
    resource: 'networks',
    query: call.query,
    body,
    fixed: dryRun(call),
    rename,
  });
};
const listNodes: Handler = (context, call) =>
  flagOf(call.query, 'bulk') ? [currentNode(context)] : [{ id: NODE_NAME, uri: `/2/nodes/${NODE_NAME}` }];
const getNode: Handler = (context, { names: [name] }) => {
  if (name !== NODE_NAME) throw new HttpError(404);
  const node = currentNode(context);
  return { ...node, secondary_ip: node.sip };
};
const listGroups: Handler = ({ cluster }, call) =>
  flagOf(call.query, 'bulk') ? [groupView(cluster)] : [{ name: GROUP_NAME, uri: `/2/groups/${GROUP_NAME}` }];
const getGroup: Handler = ({ cluster }, { names: [name] }) => {
  if (name !== GROUP_NAME) throw new HttpError(404);
  return groupView(cluster);
};
/** Asks by a job, as a real cluster does: job numbers have gaps. */
const listOs: Handler = async ({ queue, operatingSystems }, call) => {
  const fixed = { output_fields: ['name', 'variants'] };
  const id = submit(queue, { opId: 'OP_OS_DIAGNOSE', resource: 'os', query: call.query, body: null, fixed });
  await queue.waitFor(id, 60_000, () => false);
  return operatingSystems;
};

const named = (path: string): RegExp => new RegExp(`^${path.replaceAll('*', '([^/]+)')}$`);

const ROUTES: readonly Route[] = [
  { pattern: /^\/$/, handlers: { GET: () => null } },
  { pattern: /^\/version$/, handlers: { GET: () => 2 } },
  { pattern: /^\/2\/info$/, handlers: { GET: ({ cluster }) => infoView(cluster.config) } },
  { pattern: /^\/2\/features$/, handlers: { GET: () => FEATURES } },
  { pattern: /^\/2\/os$/, handlers: { GET: listOs } },
  {
    pattern: /^\/2\/modify$/,
    handlers: {
      PUT: ({ queue }, call) =>
        submit(queue, {
          opId: 'OP_CLUSTER_SET_PARAMS',
          resource: 'cluster_modify',
          query: call.query,
          body: call.body,
          fixed: {},
        }),
    },
  },
  { pattern: /^\/2\/nodes$/, handlers: { GET: listNodes } },
  { pattern: named('/2/nodes/*'), handlers: { GET: getNode } },
  {
    pattern: named('/2/nodes/*/role'),
    handlers: { GET: (context, call) => ROLES[(getNode(context, call) as { role: 'M' }).role] },
  },
  { pattern: /^\/2\/groups$/, handlers: { GET: listGroups } },
  { pattern: named('/2/groups/*'), handlers: { GET: getGroup } },
  { pattern: /^\/2\/instances$/, handlers: { GET: listInstances, POST: createInstance } },
  {
    pattern: named('/2/instances/*'),
    handlers: {
      GET: getInstance,
      ...instance('DELETE', '', (call) => ({
        opId: 'OP_INSTANCE_REMOVE',
        fixed: { ignore_failures: false, ...dryRun(call) },
      })),
    },
  },
  {
    pattern: named('/2/instances/*/startup'),
    handlers: instance('PUT', 'startup', (call) => ({
      opId: 'OP_INSTANCE_STARTUP',
      body: dependsOnly(call.body),
      fixed: {
        force: flagOf(call.query, 'force'),
        no_remember: flagOf(call.query, 'no_remember'),
        ...dryRun(call),
      },
    })),
  },
  {
    pattern: named('/2/instances/*/shutdown'),
    handlers: instance('PUT', 'shutdown', (call) => ({
      opId: 'OP_INSTANCE_SHUTDOWN',
      fixed: { no_remember: flagOf(call.query, 'no_remember'), ...dryRun(call) },
    })),
  },
  {
    pattern: named('/2/instances/*/reboot'),
    handlers: instance('POST', 'reboot', (call) => ({
      opId: 'OP_INSTANCE_REBOOT',
      fixed: {
        reboot_type: call.query.get('type') ?? 'hard',
        ignore_secondaries: flagOf(call.query, 'ignore_secondaries'),
        ...dryRun(call),
      },
    })),
  },
  {
    pattern: named('/2/instances/*/modify'),
    handlers: instance('PUT', 'modify', () => ({ opId: 'OP_INSTANCE_SET_PARAMS', fixed: {} })),
  },
  {
    pattern: /^\/2\/instances\/([^/]+)\/disk\/(\d+)\/grow$/,
    handlers: instance('POST', 'disk_grow', (call) => ({
      opId: 'OP_INSTANCE_GROW_DISK',
      fixed: { disk: Number(call.names[1]) },
    })),
  },
  { pattern: named('/2/instances/*/console'), handlers: { GET: consoleOf } },
  { pattern: /^\/2\/networks$/, handlers: { GET: listNetworks, POST: createNetwork } },
  {
    pattern: named('/2/networks/*'),
    handlers: { GET: getNetwork, ...network('DELETE', '', 'OP_NETWORK_REMOVE') },
  },
  { pattern: named('/2/networks/*/connect'), handlers: network('PUT', 'connect', 'OP_NETWORK_CONNECT') },
  {
    pattern: named('/2/networks/*/disconnect'),
    handlers: network('PUT', 'disconnect', 'OP_NETWORK_DISCONNECT'),
  },
  { pattern: named('/2/networks/*/modify'), handlers: network('PUT', 'modify', 'OP_NETWORK_SET_PARAMS') },
  { pattern: /^\/2\/tags$/, handlers: tagHandlers('cluster', 'tags') },
  { pattern: named('/2/instances/*/tags'), handlers: tagHandlers('instance', 'instances_name_tags') },
  { pattern: named('/2/nodes/*/tags'), handlers: tagHandlers('node', 'nodes_name_tags') },
  { pattern: named('/2/groups/*/tags'), handlers: tagHandlers('nodegroup', 'groups_name_tags') },
  { pattern: named('/2/networks/*/tags'), handlers: tagHandlers('network', 'networks_name_tags') },
  { pattern: /^\/2\/jobs$/, handlers: { GET: listJobs } },
  {
    pattern: /^\/2\/jobs\/(\d+)$/,
    handlers: { GET: getJob, DELETE: ({ queue }, call) => queue.cancel(Number(call.names[0])) },
  },
  { pattern: /^\/2\/jobs\/(\d+)\/wait$/, handlers: { GET: waitForJob }, needsWrite: true },
  { pattern: named('/2/query/*'), handlers: { GET: query, PUT: query } },
  { pattern: named('/2/query/*/fields'), handlers: { GET: queryFields } },
];

function tagHandlers(kind: string, resource: string): Route['handlers'] {
  return {
    GET: (context, call) => getTags(context, kind, call),
    PUT: tagHandler('OP_TAGS_SET', kind, resource),
    DELETE: tagHandler('OP_TAGS_DEL', kind, resource),
  };
}

/** @returns the resource of a path, with the variable parts decoded */
export function findRoute(pathname: string): (Omit<Route, 'pattern'> & { names: string[] }) | null {
  for (const { pattern, ...route } of ROUTES) {
    const match = pattern.exec(pathname);
    if (match !== null) return { ...route, names: match.slice(1).map((part) => decodeURIComponent(part)) };
  }
  return null;
}

function asRecord(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  throw new HttpError(
    400,
    `Body contents: Type is '${Array.isArray(body) ? 'list' : 'NoneType'}', but 'dict' is expected`,
  );
}

/** A prefix that is none, or bits beyond it, break RAPI's own check: 500. */
function assertSubnet(value: unknown): void {
  const [, ip = '', prefix = ''] =
    typeof value === 'string' ? (/^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(value) ?? []) : [];
  if (ip === '') return;
  if (Number(prefix) > 32) throw new HttpError(500, `'${prefix}' is not a valid netmask`);
  if (hasHostBits(ip, Number(prefix))) throw new HttpError(500, `${ip}/${prefix} has host bits set`);
}

function hasHostBits(ip: string, prefix: number): boolean {
  const value = ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return value % 2 ** (32 - prefix) !== 0;
}
