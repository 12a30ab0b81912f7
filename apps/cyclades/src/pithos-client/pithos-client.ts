import type { Readable } from 'node:stream';
import { Fault, RangeNotSatisfiable, ServiceUnavailable } from '@synnefo/api';
import type { Secret } from '@synnefo/runtime';
import { toJson } from '@synnefo/units';
import { Agent, request } from 'undici';
import type { z } from 'zod';
import {
  type Availability,
  type CreateEmpty,
  emptyReplySchema,
  objectListSchema,
  type ObjectLocation,
  type ObjectRecord,
  objectRecordSchema,
  type RegisterMap,
} from './object-record.js';
import { faultOfPithos } from './pithos-fault.js';

export interface PithosClientParams {
  /** `http://…/pithos/internal/v1` */
  readonly baseUrl: string;
  readonly secret: Secret;
  readonly timeoutMs?: number;
}

export interface Download {
  readonly status: number;
  readonly body: Readable;
  readonly headers: { contentLength?: string; contentRange?: string };
}

const DOMAIN = 'plankton';
const DEFAULT_TIMEOUT_MS = 10_000;
/** How long a transfer may stand still. */
const TRANSFER_IDLE_MS = 120_000;

/**
 * Client of Pithos' internal API (design §9). Every call names the acting user, whose permissions Pithos checks; repeating a call is harmless. Errors are faults: a refusal keeps
 * its code, an absent or broken Pithos is `serviceUnavailable`.
 */
export class PithosClient {
  private readonly agent = new Agent({ connect: { timeout: 2_000 }, pipelining: 1 });
  private readonly timeoutMs: number;

  constructor(private readonly params: PithosClientParams) {
    this.timeoutMs = params.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  getByUuid(user: string, uuid: string, checkPermission = true): Promise<ObjectRecord> {
    return this.call('getByUuid', { user, uuid, checkPermission }, objectRecordSchema);
  }

  getByLocation(user: string, location: ObjectLocation): Promise<ObjectRecord> {
    return this.call('getByLocation', { user, ...location }, objectRecordSchema);
  }

  /** The images and snapshots that `user` owns or, with `includeShared`, may read. */
  async listImages(user: string, includeShared: boolean): Promise<ObjectRecord[]> {
    return (await this.call('listDomain', { user, domain: DOMAIN, includeShared }, objectListSchema)).objects;
  }

  /** Merges attributes; null removes one; `replace` removes all others. */
  updateMeta(
    user: string,
    uuid: string,
    meta: Record<string, string | null>,
    replace = false,
  ): Promise<ObjectRecord> {
    return this.call('updateMeta', { user, uuid, domain: DOMAIN, meta, replace }, objectRecordSchema);
  }

  setReaders(user: string, uuid: string, read: readonly string[]): Promise<ObjectRecord> {
    return this.call('setPermissions', { user, uuid, read }, objectRecordSchema);
  }

  /** Repeated with the same map name it answers the same record. */
  registerMap(map: RegisterMap): Promise<ObjectRecord> {
    return this.call('registerMap', { ...map, domain: DOMAIN }, objectRecordSchema);
  }

  updateStatus(user: string, uuid: string, available: Availability): Promise<ObjectRecord> {
    return this.call('updateStatus', { user, uuid, available }, objectRecordSchema);
  }

  createEmpty(object: CreateEmpty): Promise<ObjectRecord> {
    return this.call('createEmpty', { ...object, domain: DOMAIN }, objectRecordSchema);
  }

  async deleteByUuid(user: string, uuid: string, onlyContainers?: readonly string[]): Promise<void> {
    await this.call('deleteByUuid', { user, uuid, onlyContainers }, emptyReplySchema);
  }

  /** Fills an object that has no bytes; uuid, attributes and permissions stay. @throws Conflict when another has filled it */
  async upload(user: string, uuid: string, body: Readable, contentLength?: number): Promise<ObjectRecord> {
    const headers: Record<string, string> = {
      ...this.authorization(),
      'content-type': 'application/octet-stream',
    };
    if (contentLength !== undefined) headers['content-length'] = String(contentLength);
    const reply = await this.send(
      `${this.objectUrl(user, uuid)}&onlyEmpty=true`,
      { method: 'PUT', headers, body },
      TRANSFER_IDLE_MS,
    );
    return parse(objectRecordSchema, await replyText(reply));
  }

  async download(user: string, uuid: string, range?: string): Promise<Download> {
    const headers = { ...this.authorization(), ...(range === undefined ? {} : { range }) };
    const reply = await this.send(this.objectUrl(user, uuid), { method: 'GET', headers }, TRANSFER_IDLE_MS);
    if (reply.statusCode >= 300) {
      const text = await reply.body.text();
      if (reply.statusCode !== 416) throw faultOfPithos(reply.statusCode, text);
      const contentRange = single(reply.headers['content-range']) ?? 'bytes */*';
      throw new RangeNotSatisfiable(undefined, { headers: { 'Content-Range': contentRange } });
    }
    return {
      status: reply.statusCode,
      body: reply.body,
      headers: {
        contentLength: single(reply.headers['content-length']),
        contentRange: single(reply.headers['content-range']),
      },
    };
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  private async call<T>(name: string, body: object, schema: z.ZodType<T>): Promise<T> {
    const headers = { ...this.authorization(), 'content-type': 'application/json' };
    const reply = await this.send(
      `${this.params.baseUrl}/${name}`,
      { method: 'POST', headers, body: toJson(body) },
      this.timeoutMs,
    );
    return parse(schema, await replyText(reply));
  }

  private async send(url: string, options: SendOptions, timeoutMs: number) {
    try {
      return await request(url, {
        ...options,
        dispatcher: this.agent,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw new ServiceUnavailable('The object store does not answer.', { cause: error });
    }
  }

  private authorization(): Record<string, string> {
    return { authorization: `Bearer ${this.params.secret.reveal()}` };
  }

  private objectUrl(user: string, uuid: string): string {
    return `${this.params.baseUrl}/objects/${encodeURIComponent(uuid)}?user=${encodeURIComponent(user)}`;
  }
}

interface SendOptions {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Record<string, string>;
  readonly body?: string | Readable;
}

async function replyText(reply: { statusCode: number; body: { text(): Promise<string> } }): Promise<string> {
  let text: string;
  try {
    text = await reply.body.text();
  } catch (error) {
    throw new ServiceUnavailable('The object store broke off its answer.', { cause: error });
  }
  if (reply.statusCode >= 300) throw faultOfPithos(reply.statusCode, text);
  return text;
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = text === '' ? {} : JSON.parse(text);
  } catch (error) {
    throw new ServiceUnavailable('The object store answered something else than JSON.', { cause: error });
  }
  const result = schema.safeParse(value);
  if (!result.success)
    throw new ServiceUnavailable('The object store answered an unknown document.', { cause: result.error });
  return result.data;
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
