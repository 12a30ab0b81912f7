/**
 * What the contract suite talks to: the remote API named by RAPI_URL, RAPI_USER, RAPI_PASSWORD (and RAPI_RO_USER, RAPI_RO_PASSWORD: a user
 * without the right to write), for example the cluster that `up.sh` prints; without them a simulator of its own, state only.
 * RAPI_HYPERVISOR, RAPI_TEMPLATE and RAPI_OS choose how instances are made; else the cheapest that the cluster has.
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import path from 'node:path';
import { type InstanceCreate, type Job, jobFailure, type OpFailure, RapiClient } from '@synnefo/ganeti-rapi';
import { simConfigSchema, startSimulator } from '@synnefo/ganeti-sim';
import { createLogger } from '@synnefo/runtime';
import { tmpDir } from '@synnefo/testing';

export interface RawRequest {
  /** Sent as it is when it is a text, else as JSON. */
  readonly body?: unknown;
  readonly auth?: { readonly user: string; readonly password: string } | null;
  readonly contentType?: string;
}

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly value: unknown;
}

export interface Target {
  readonly rapi: RapiClient;
  readonly reader: { readonly user: string; readonly password: string };
  readonly cluster: {
    readonly hypervisor: string;
    readonly template: string;
    readonly os: string;
    readonly node: string;
    readonly link: string;
  };
  raw(method: string, path: string, options?: RawRequest): Promise<RawReply>;
  /** A name that nothing else has. */
  name(): string;
  /** The smallest instance, stopped, without NICs. */
  instance(name: string, more?: Partial<InstanceCreate>): InstanceCreate;
  /** Waits for the job's end. */
  ended(gntJobId: number): Promise<Job>;
  /** Waits for success. */
  done(gntJobId: number): Promise<Job>;
  /** Waits for `error`. */
  failed(gntJobId: number): Promise<OpFailure>;
  stop(): Promise<void>;
}

interface Peer {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly reader: { readonly user: string; readonly password: string };
  stop(): Promise<void>;
}

const JOB_LIMIT_MS = 60_000;

export async function openTarget(): Promise<Target> {
  const peer = process.env.RAPI_URL === undefined ? await ownSimulator() : givenPeer(process.env.RAPI_URL);
  const rapi = new RapiClient({
    url: peer.url,
    username: peer.user,
    password: peer.password,
    insecure: true,
  });
  const cluster = await detect(rapi);
  const ended = (gntJobId: number): Promise<Job> => rapi.waitForJob(gntJobId, { timeoutMs: JOB_LIMIT_MS });
  return {
    rapi,
    reader: peer.reader,
    cluster,
    raw: (method, where, options) => raw(peer, { method, path: where }, options),
    name: () => `ct-${randomBytes(4).toString('hex')}.gnt.test`,
    instance: (name, more) => instanceOf(name, cluster, more),
    ended,
    done: async (gntJobId) => {
      const job = await ended(gntJobId);
      if (job.status !== 'success')
        throw new Error(`job ${gntJobId} ${job.status}: ${JSON.stringify(job.opresult)}`);
      return job;
    },
    failed: async (gntJobId) => {
      const job = await ended(gntJobId);
      const failure = jobFailure(job);
      if (failure === null) throw new Error(`job ${gntJobId} ended with ${job.status}`);
      return failure;
    },
    stop: async () => {
      await rapi.close();
      await peer.stop();
    },
  };
}

function givenPeer(url: string): Peer {
  const {
    RAPI_USER = 'gnt',
    RAPI_PASSWORD = '',
    RAPI_RO_USER = 'viewer',
    RAPI_RO_PASSWORD = 'viewer',
  } = process.env;
  const reader = { user: RAPI_RO_USER, password: RAPI_RO_PASSWORD };
  return { url, user: RAPI_USER, password: RAPI_PASSWORD, reader, stop: async () => undefined };
}

async function ownSimulator(): Promise<Peer> {
  const dir = await tmpDir();
  const users = path.join(dir.path, 'users');
  await writeFile(users, 'gnt gnt-secret write\nviewer {cleartext}viewer read\n');
  const config = simConfigSchema.parse({
    GANETI_SIM_PORT: '0',
    GANETI_SIM_DIR: path.join(dir.path, 'state'),
    GANETI_SIM_USERS_FILE: users,
    GANETI_SIM_QEMU: 'none',
    GANETI_SIM_SPEED: '0.3',
  });
  const simulator = await startSimulator(config, createLogger('ganeti-sim', 'warn'));
  return {
    url: simulator.url,
    user: 'gnt',
    password: 'gnt-secret',
    reader: { user: 'viewer', password: 'viewer' },
    stop: async () => {
      await simulator.close();
      await dir.remove();
    },
  };
}

async function detect(rapi: RapiClient): Promise<Target['cluster']> {
  const info = await rapi.info();
  const systems = await rapi.operatingSystems();
  const { RAPI_HYPERVISOR, RAPI_TEMPLATE, RAPI_OS } = process.env;
  const prefer = (wanted: string, all: readonly string[], otherwise: string): string =>
    all.includes(wanted) ? wanted : otherwise;
  const nicparams = info.nicparams as { default: { link: string } }; // every cluster has it
  return {
    hypervisor: RAPI_HYPERVISOR ?? prefer('fake', info.enabled_hypervisors, info.default_hypervisor),
    template: RAPI_TEMPLATE ?? prefer('sharedfile', info.enabled_disk_templates, 'diskless'),
    os: RAPI_OS ?? systems.find((name) => name.endsWith('+empty')) ?? systems[0] ?? '',
    node: info.master,
    link: nicparams.default.link,
  };
}

function instanceOf(
  name: string,
  cluster: Target['cluster'],
  more: Partial<InstanceCreate> = {},
): InstanceCreate {
  return {
    instance_name: name,
    disk_template: cluster.template,
    disks: cluster.template === 'diskless' ? [] : [{ size: 16, name: `${name}-d0` }],
    nics: [],
    os_type: cluster.os,
    hypervisor: cluster.hypervisor,
    beparams: { minmem: 64, maxmem: 64 },
    name_check: false,
    ip_check: false,
    start: false,
    pnode: cluster.node,
    ...more,
  };
}

function raw(
  peer: Peer,
  what: { method: string; path: string },
  options: RawRequest = {},
): Promise<RawReply> {
  const { body, auth = peer, contentType = 'application/json' } = options;
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const headers: Record<string, string> = {};
  if (auth !== null)
    headers.authorization = `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`;
  if (text !== undefined)
    Object.assign(headers, {
      'content-type': contentType,
      'content-length': String(Buffer.byteLength(text)),
    });
  const url = new URL(what.path, peer.url);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = send(
      url,
      { method: what.method, headers, rejectUnauthorized: false, agent: false, timeout: 40_000 },
      (reply) => {
        let received = '';
        reply.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
        reply.on('end', () =>
          resolve({
            status: reply.statusCode ?? 0,
            headers: reply.headers,
            value: JSON.parse(received) as unknown,
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}
