import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { AstakosError } from './errors.js';
import { type Call, Http } from './http.js';
import {
  catalogsSchema,
  commissionSchema,
  resolvedSchema,
  serialSchema,
  serialsSchema,
  serviceQuotasSchema,
  tokenSchema,
} from './schemas.js';
import type {
  AstakosClientOptions,
  CommissionInfo,
  CommissionRequest,
  Resolution,
  ServiceDocument,
  ServiceQuotas,
  TokenInfo,
} from './types.js';

/**
 * Client of Astakos for other services. Every call ends within `timeoutMs`, with a checked answer or an `AstakosError`:
 * `AstakosDown` when nobody can say whether the call was carried out, `QuotaExceeded` and `NoHolding` for commissions.
 * A call whose connection breaks is repeated once; commissions carry an idempotency key for that.
 */
export class AstakosClient {
  readonly #http: Http;

  constructor(options: AstakosClientOptions) {
    this.#http = new Http(options);
  }

  /** @returns null when the token is unknown, expired, or its owner may not use the cloud */
  async verifyToken(token: string): Promise<TokenInfo | null> {
    const call: Call = { method: 'GET', path: 'identity/v3/auth/tokens?nocatalog', subjectToken: token };
    const answer = await this.#unlessMissing(call, tokenSchema);
    if (answer === null) return null;
    const { user, synnefo, roles, expires_at: expiresAt } = answer.token;
    return {
      userUuid: user.id,
      email: user.name,
      displayName: synnefo.display_name,
      projectId: synnefo.project_id,
      projectIds: synnefo.project_ids,
      roles: roles.map((role) => role.name),
      isAdmin: synnefo.is_admin,
      expiresAt: new Date(expiresAt),
    };
  }

  /**
   * Reserves (or, with `autoAccept`, takes) what the provisions ask for, all or nothing.
   * @returns the commission's serial
   * @throws QuotaExceeded, NoHolding
   */
  async issueCommission(request: CommissionRequest): Promise<number> {
    const { name, provisions, force = false, autoAccept = false, idempotencyKey = randomUUID() } = request;
    const body = { name, force, auto_accept: autoAccept, provisions };
    const call: Call = { method: 'POST', path: 'account/v1.0/commissions', body, idempotencyKey };
    return (await this.#http.json(call, serialSchema)).serial;
  }

  /** Settles many commissions. A serial that is unknown or already settled is listed in `failed`. */
  async resolveCommissions(decision: {
    accept: readonly number[];
    reject: readonly number[];
  }): Promise<Resolution> {
    const call: Call = { method: 'POST', path: 'account/v1.0/commissions/action', body: decision };
    const { accepted, rejected, failed } = await this.#http.json(call, resolvedSchema);
    return {
      accepted,
      rejected,
      failed: failed.map(([serial, fault]) => {
        const [reason, content] = Object.entries(fault)[0] ?? ['unknown', { message: '' }];
        return { serial, reason, message: content.message };
      }),
    };
  }

  /** Serials of this component's commissions that are neither accepted nor rejected, oldest first. */
  pendingCommissions(): Promise<number[]> {
    return this.#http.json({ method: 'GET', path: 'account/v1.0/commissions' }, serialsSchema);
  }

  /** What is known of a commission of this component that is still pending; null: there is none. */
  async findCommission(serial: number): Promise<CommissionInfo | null> {
    const call: Call = { method: 'GET', path: `account/v1.0/commissions/${serial}` };
    const found = await this.#unlessMissing(call, commissionSchema);
    return found === null ? null : { serial, name: found.name, issuedAt: new Date(found.issue_time) };
  }

  /** Quotas of this component's resources, of all users and projects or of one. Empty when there is nothing to tell. */
  async serviceQuotas(filter: { user?: string; project?: string } = {}): Promise<ServiceQuotas> {
    const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== undefined));
    const call: Call = { method: 'GET', path: `account/v1.0/service_quotas?${query.toString()}` };
    return (await this.#unlessMissing(call, serviceQuotasSchema)) ?? {};
  }

  /** uuid → e-mail; unknown ones are absent. */
  async getUserNames(uuids: readonly string[]): Promise<Map<string, string>> {
    return new Map(Object.entries((await this.#catalogs({ uuids })).uuid_catalog));
  }

  /** e-mail, spelled as asked → uuid; unknown ones are absent. */
  async getUserUuids(emails: readonly string[]): Promise<Map<string, string>> {
    return new Map(Object.entries((await this.#catalogs({ displaynames: emails })).displayname_catalog));
  }

  /** Registers this component's services, endpoints and resources; repeating it is harmless. */
  async registerServices(document: ServiceDocument): Promise<void> {
    await this.#http.request({ method: 'PUT', path: 'account/v1.0/services', body: document });
  }

  /** Closes the kept connections. */
  close(): Promise<void> {
    return this.#http.close();
  }

  #catalogs(body: object): Promise<z.infer<typeof catalogsSchema>> {
    const call: Call = { method: 'POST', path: 'account/v1.0/service/user_catalogs', body };
    return this.#http.json(call, catalogsSchema);
  }

  async #unlessMissing<S extends z.ZodType>(call: Call, schema: S): Promise<z.infer<S> | null> {
    try {
      return await this.#http.json(call, schema);
    } catch (error) {
      if (error instanceof AstakosError && error.status === 404) return null;
      throw error;
    }
  }
}
