import { isoDateMicros } from '@synnefo/api';
import type { ServiceV3 } from '../catalog/catalogs.js';
import { DEFAULT_DOMAIN } from '../project/domain.js';
import { rolesOf } from './own-verifier.js';
import type { TokenRecord } from './token.service.js';

export interface TokenViewOptions {
  /** Null: `?nocatalog`. */
  readonly catalog: readonly ServiceV3[] | null;
  /** A component is also told what Synnefo's services need. */
  readonly isForComponent: boolean;
}

/** The body of a v3 token (identity spec 10.3). A token without scope names no project, no roles and no catalogue. */
export function tokenV3View(record: TokenRecord, options: TokenViewOptions): object {
  const base = {
    methods: record.methods,
    audit_ids: record.auditIds,
    issued_at: isoDateMicros(record.issuedAt),
    expires_at: isoDateMicros(record.expiresAt),
    user: { id: record.userUuid, name: record.userName, password_expires_at: null, domain: DEFAULT_DOMAIN },
  };
  const synnefo = options.isForComponent ? { synnefo: synnefoView(record) } : {};
  if (record.scope === 'unscoped') return { token: { ...base, ...synnefo } };
  const catalog = options.catalog === null ? {} : { catalog: options.catalog };
  return { token: { ...base, ...scopeView(record), roles: rolesOf(record), ...catalog, ...synnefo } };
}

function scopeView(record: TokenRecord): object {
  if (record.scope === 'domain') return { domain: DEFAULT_DOMAIN };
  if (record.scope === 'system') return { system: { all: true } };
  const { uuid: id, name } = record.project;
  return { is_domain: false, project: { id, name, domain: DEFAULT_DOMAIN } };
}

function synnefoView(record: TokenRecord): object {
  return {
    display_name: record.displayName,
    project_id: record.project.uuid,
    project_ids: record.projectUuids,
    is_admin: record.isAdmin,
  };
}
