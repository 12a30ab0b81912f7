import type { Json } from '@synnefo/units';

export interface AstakosClientOptions {
  /** For example `http://127.0.0.1:8000/astakos`. */
  readonly baseUrl: string;
  /** The component's token; every call needs it. */
  readonly componentToken?: string;
  /** Milliseconds for one call, all attempts together; default 10 s. */
  readonly timeoutMs?: number;
  readonly logger?: { debug(fields: object, message: string): void };
}

/** What a valid token says about its owner. */
export interface TokenInfo {
  readonly userUuid: string;
  /** Lower-cased: the user's name everywhere. */
  readonly email: string;
  /** "first last". */
  readonly displayName: string;
  /** The project the token is for; the user's default project when the token names none. */
  readonly projectId: string;
  /** Active projects of the user, its system project included. */
  readonly projectIds: string[];
  readonly roles: string[];
  /** The user is an operator of the installation. */
  readonly isAdmin: boolean;
  readonly expiresAt: Date;
}

/** One change of one holding. `quantity` in units of the resource (bytes for sizes), negative to give back. */
export interface Provision {
  /** `user:<uuid>` or `project:<uuid>`. */
  readonly holder: string;
  /** `project:<uuid>` for a user's holding, null for a project's. */
  readonly source: string | null;
  readonly resource: string;
  readonly quantity: bigint;
}

export interface CommissionRequest {
  /** Words for the log of the operator. */
  readonly name: string;
  readonly provisions: Provision[];
  /** Limits are not checked; a usage below zero is refused all the same. */
  readonly force?: boolean;
  /** Issued and accepted at once: never pending. */
  readonly autoAccept?: boolean;
  /** A repeated request with the same key gets the serial of the first. Made up when absent, so that a broken connection is safe to repeat. */
  readonly idempotencyKey?: string;
}

/** A commission that is neither accepted nor rejected. */
export interface CommissionInfo {
  readonly serial: number;
  readonly name: string;
  readonly issuedAt: Date;
}

export interface Resolution {
  readonly accepted: number[];
  readonly rejected: number[];
  readonly failed: { readonly serial: number; readonly reason: string; readonly message: string }[];
}

/** All in units of the resource. `usage` counts what is pending, `pending` is the part not yet settled. */
export interface Quota {
  readonly limit: bigint;
  readonly usage: bigint;
  readonly pending: bigint;
  readonly projectLimit: bigint;
  readonly projectUsage: bigint;
  readonly projectPending: bigint;
}

/** user uuid → project uuid → resource. */
export type ServiceQuotas = Record<string, Record<string, Record<string, Quota>>>;

export interface EndpointDocument {
  /** Absolute; `%(project_id)s` and `%(user_id)s` are filled in for each token. No trailing slash. */
  readonly publicURL: string;
  /** Such as `v2.0`; empty when the service has no versions. */
  readonly versionId: string;
  /** False: `publicURL` lacks the version, clients append it. Default true. */
  readonly 'SNF:exposeVersion'?: boolean;
  /** In which catalogue it is shown: the Synnefo one (`v2`, the default) or Keystone's (`v3`). */
  readonly face?: 'v2' | 'v3';
  readonly [key: string]: Json;
}

export interface ResourceDocument {
  /** Such as `cyclades.vm`. */
  readonly name: string;
  readonly desc: string;
  readonly service_type: string;
  /** The name of the service that holds this document. */
  readonly service_origin: string;
  /** `bytes` or null. */
  readonly unit?: string | null;
  readonly ui_visible?: boolean;
  readonly api_visible?: boolean;
}

export interface ServiceDefinition {
  readonly type: string;
  readonly component: string;
  readonly prefix?: string;
  readonly public?: boolean;
  readonly endpoints: EndpointDocument[];
  readonly resources?: Record<string, ResourceDocument>;
}

/** Service name → definition: what `PUT account/v1.0/services` takes. Source: identity spec 1.5. */
export type ServiceDocument = Record<string, ServiceDefinition>;
