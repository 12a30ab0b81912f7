/**
 * The remote API of one Ganeti cluster, as far as this cloud uses it. Source: Ganeti 3.0 RAPI documentation and the behaviour of 3.0.2.
 *
 * A call that changes something submits a job and gives its number; what the job meets (a taken name, a wrong state) shows in the job, never
 * in the HTTP status. Submitting is not idempotent: pass a `reason`, and after a RapiDown whose outcome is `unknown` look for the job with
 * `findJobByReason` before sending again. Every call may throw RapiError, RapiDown or RapiReplyInvalid.
 */
import { z } from 'zod';
import {
  type ClusterInfo,
  clusterInfoSchema,
  type GntGroup,
  type GntNetwork,
  type GntNode,
  groupSchema,
  type NetworkConnect,
  type NetworkCreate,
  networkSchema,
  nodeSchema,
} from './cluster.schema.js';
import { JobTimeout, RapiError } from './errors.js';
import {
  consoleSchema,
  type Instance,
  type InstanceConsole,
  type InstanceCreate,
  type InstanceModify,
  instanceSchema,
} from './instance.schema.js';
import {
  cancelSchema,
  type FinalStatus,
  isFinal,
  type Job,
  type JobChange,
  jobIdSchema,
  jobSchema,
  type JobSummary,
  jobSummarySchema,
  unknownJobSchema,
  waitSchema,
} from './job.schema.js';
import { type RapiOptions, type RapiRequest, RapiTransport } from './transport.js';

/** `[job, final states that release the wait]` */
export type JobDependency = readonly [gntJobId: number, statuses: readonly FinalStatus[]];

export interface SubmitOptions {
  /**
   * Comes back as the first item of every opcode's reason trail, `["gnt:user", reason, ns]`. Ganeti takes it from the query and refuses a
   * trail in the body (400), so source and time are its own.
   */
  readonly reason?: string;
  readonly depends?: readonly JobDependency[];
  readonly dryRun?: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export type TagOwner =
  | { readonly kind: 'cluster' }
  | { readonly kind: 'instance' | 'node' | 'group' | 'network'; readonly name: string };

/** How long the server lets a `/wait` hang, with room for the way. */
const WAIT_TIMEOUT_MS = 40_000;
const GNT_USER = 'gnt:user';

export class RapiClient {
  readonly #transport: RapiTransport;

  constructor(options: RapiOptions) {
    this.#transport = new RapiTransport(options);
  }

  /** Ends all connections. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  version(): Promise<number> {
    return this.#get('/version', z.number());
  }

  features(): Promise<string[]> {
    return this.#get('/2/features', z.array(z.string()));
  }

  info(): Promise<ClusterInfo> {
    return this.#get('/2/info', clusterInfoSchema);
  }

  nodes(): Promise<GntNode[]> {
    return this.#get('/2/nodes', z.array(nodeSchema), { bulk: 1 });
  }

  groups(): Promise<GntGroup[]> {
    return this.#get('/2/groups', z.array(groupSchema), { bulk: 1 });
  }

  /** OS definitions with their variants, `synnefo+default`. Puts a job in the queue and waits for it. */
  operatingSystems(): Promise<string[]> {
    return this.#get('/2/os', z.array(z.string()));
  }

  instances(): Promise<Instance[]> {
    return this.#get('/2/instances', z.array(instanceSchema), { bulk: 1 });
  }

  /** @returns the instance, or null when the cluster has none of that name */
  findInstance(name: string): Promise<Instance | null> {
    return orNull(this.#get(instancePath(name), instanceSchema));
  }

  /** @throws RapiError 404 when there is none of that name */
  getInstance(name: string): Promise<Instance> {
    return this.#get(instancePath(name), instanceSchema);
  }

  /** @throws RapiError (503) when the instance does not run */
  console(name: string): Promise<InstanceConsole> {
    return this.#get(`${instancePath(name)}/console`, consoleSchema);
  }

  createInstance(instance: InstanceCreate, options?: SubmitOptions): Promise<number> {
    const body = { __version__: 1, mode: 'create', ...instance };
    return this.#submit({ method: 'POST', path: '/2/instances', body }, options);
  }

  /** @param shutdown time given to the guest; 0 kills at once */
  deleteInstance(
    name: string,
    shutdown: { timeoutS?: number } = {},
    options?: SubmitOptions,
  ): Promise<number> {
    const body = { shutdown_timeout: shutdown.timeoutS };
    return this.#submit({ method: 'DELETE', path: instancePath(name), body }, options);
  }

  startInstance(name: string, options?: SubmitOptions): Promise<number> {
    return this.#submit({ method: 'PUT', path: `${instancePath(name)}/startup`, body: {} }, options);
  }

  /** @param shutdown time given to the guest before it is killed (Ganeti's default 120 s); 0 kills at once */
  shutdownInstance(
    name: string,
    shutdown: { timeoutS?: number } = {},
    options?: SubmitOptions,
  ): Promise<number> {
    const body = { timeout: shutdown.timeoutS };
    return this.#submit({ method: 'PUT', path: `${instancePath(name)}/shutdown`, body }, options);
  }

  rebootInstance(
    name: string,
    reboot: { type?: 'soft' | 'hard' | 'full'; timeoutS?: number } = {},
    options?: SubmitOptions,
  ): Promise<number> {
    const body = { shutdown_timeout: reboot.timeoutS };
    const query = { type: reboot.type ?? 'hard' };
    return this.#submit({ method: 'POST', path: `${instancePath(name)}/reboot`, query, body }, options);
  }

  modifyInstance(name: string, changes: InstanceModify, options?: SubmitOptions): Promise<number> {
    return this.#submit({ method: 'PUT', path: `${instancePath(name)}/modify`, body: changes }, options);
  }

  /** Grows disk `index` by `amountMib`. */
  growDisk(
    name: string,
    grow: { index: number; amountMib: number },
    options?: SubmitOptions,
  ): Promise<number> {
    const path = `${instancePath(name)}/disk/${grow.index}/grow`;
    return this.#submit({ method: 'POST', path, body: { amount: grow.amountMib } }, options);
  }

  networks(): Promise<GntNetwork[]> {
    return this.#get('/2/networks', z.array(networkSchema), { bulk: 1 });
  }

  findNetwork(name: string): Promise<GntNetwork | null> {
    return orNull(this.#get(networkPath(name), networkSchema));
  }

  createNetwork(network: NetworkCreate, options?: SubmitOptions): Promise<number> {
    return this.#submit({ method: 'POST', path: '/2/networks', body: network }, options);
  }

  connectNetwork(name: string, connect: NetworkConnect, options?: SubmitOptions): Promise<number> {
    return this.#submit({ method: 'PUT', path: `${networkPath(name)}/connect`, body: connect }, options);
  }

  disconnectNetwork(name: string, group: string, options?: SubmitOptions): Promise<number> {
    return this.#submit(
      { method: 'PUT', path: `${networkPath(name)}/disconnect`, body: { group_name: group } },
      options,
    );
  }

  deleteNetwork(name: string, options?: SubmitOptions): Promise<number> {
    return this.#submit({ method: 'DELETE', path: networkPath(name), body: {} }, options);
  }

  tags(owner: TagOwner): Promise<string[]> {
    return this.#get(tagsPath(owner), z.array(z.string()));
  }

  /** One job for all tags; legal are letters, digits and `_.+*\/:@-`, at most 128 characters. */
  addTags(owner: TagOwner, tags: readonly string[], options?: SubmitOptions): Promise<number> {
    return this.#submit({ method: 'PUT', path: tagsPath(owner), query: { tag: tags } }, options);
  }

  /** The job fails when one of the tags is not there. */
  deleteTags(owner: TagOwner, tags: readonly string[], options?: SubmitOptions): Promise<number> {
    return this.#submit({ method: 'DELETE', path: tagsPath(owner), query: { tag: tags } }, options);
  }

  /** All jobs that are not archived, without logs and results. */
  jobs(): Promise<JobSummary[]> {
    return this.#get('/2/jobs', z.array(jobSummarySchema), { bulk: 1 });
  }

  /** @returns the job, or null when the cluster does not know (any more) a job of that number */
  async findJob(gntJobId: number): Promise<Job | null> {
    const found = await orNull(this.#get(`/2/jobs/${gntJobId}`, z.union([unknownJobSchema, jobSchema])));
    return found === null || found.status === null ? null : found;
  }

  /**
   * Finds the job that was submitted with this reason: after a lost answer, before the request is sent again.
   * A request may still be on its way to the queue when this looks: look repeatedly, for longer than the submitting call's time limit.
   * @param since only jobs with a higher number
   */
  async findJobByReason(reason: string, { since = 0 }: { since?: number } = {}): Promise<JobSummary | null> {
    const carries = (job: JobSummary): boolean =>
      job.ops.some(
        (op) => op.reason?.some(([source, text]) => source === GNT_USER && text === reason) ?? false,
      );
    const jobs = await this.jobs();
    return jobs.find((job) => job.id > since && carries(job)) ?? null;
  }

  /** @returns whether the cancellation was taken, and Ganeti's words */
  async cancelJob(gntJobId: number): Promise<{ canceled: boolean; message: string }> {
    const path = `/2/jobs/${gntJobId}`;
    const [canceled, message] = await this.#transport.call({ method: 'DELETE', path }, cancelSchema);
    return { canceled, message };
  }

  /**
   * One long poll: answers at once when the fields differ from `previous.info` or newer log entries are there.
   * @returns null when nothing changed within the server's limit (about 10 s). @throws RapiError 404 for an unknown job
   */
  waitForJobChange(
    gntJobId: number,
    wait: {
      fields: readonly string[];
      previousInfo?: readonly unknown[] | null;
      previousLogSerial?: number | null;
    },
    options: { signal?: AbortSignal; timeoutMs?: number } = {},
  ): Promise<JobChange> {
    const body = {
      fields: wait.fields,
      previous_job_info: wait.previousInfo ?? null,
      previous_log_serial: wait.previousLogSerial ?? null,
    };
    const call: RapiRequest = {
      method: 'GET',
      path: `/2/jobs/${gntJobId}/wait`,
      body,
      timeoutMs: WAIT_TIMEOUT_MS,
      ...options,
    };
    return this.#transport.call(call, waitSchema);
  }

  /** Waits until the job has ended. @throws JobTimeout; RapiError 404 when the cluster does not know the job */
  async waitForJob(gntJobId: number, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Job> {
    const deadline = Date.now() + options.timeoutMs;
    for (;;) {
      const job = await this.findJob(gntJobId);
      if (job === null) throw new RapiError('GET', `/2/jobs/${gntJobId}`, 404, 'Not Found');
      if (isFinal(job.status)) return job;
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) throw new JobTimeout(gntJobId, options.timeoutMs);
      await this.#waitAtMost(gntJobId, [job.status], { leftMs, signal: options.signal });
    }
  }

  async #waitAtMost(
    gntJobId: number,
    previousInfo: readonly unknown[],
    { leftMs, signal }: { leftMs: number; signal: AbortSignal | undefined },
  ): Promise<void> {
    const limit = AbortSignal.timeout(leftMs);
    const both = signal === undefined ? limit : AbortSignal.any([limit, signal]);
    try {
      // Log entries are no change of the status: a high serial keeps them from ending the wait.
      const wait = { fields: ['status'], previousInfo, previousLogSerial: Number.MAX_SAFE_INTEGER };
      await this.waitForJobChange(gntJobId, wait, { signal: both });
    } catch (error) {
      if (!limit.aborted) throw error;
    }
  }

  #get<S extends z.ZodType>(path: string, schema: S, query?: RapiRequest['query']): Promise<z.infer<S>> {
    return this.#transport.call({ method: 'GET', path, query }, schema);
  }

  #submit(what: RapiRequest & { body?: object }, options: SubmitOptions = {}): Promise<number> {
    const query = {
      ...what.query,
      'dry-run': options.dryRun === true ? 1 : undefined,
      reason: options.reason,
    };
    const body = options.depends === undefined ? what.body : { ...what.body, depends: options.depends };
    const { timeoutMs, signal } = options;
    return this.#transport.call({ ...what, query, body, timeoutMs, signal }, jobIdSchema);
  }
}

function instancePath(name: string): string {
  return `/2/instances/${encodeURIComponent(name)}`;
}

function networkPath(name: string): string {
  return `/2/networks/${encodeURIComponent(name)}`;
}

function tagsPath(owner: TagOwner): string {
  return owner.kind === 'cluster' ? '/2/tags' : `/2/${owner.kind}s/${encodeURIComponent(owner.name)}/tags`;
}

async function orNull<T>(reply: Promise<T>): Promise<T | null> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof RapiError && error.isNotFound) return null;
    throw error;
  }
}
