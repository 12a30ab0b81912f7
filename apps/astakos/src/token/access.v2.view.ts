import { isoDateOffset } from '@synnefo/api';
import { ADMIN } from './own-verifier.js';
import type { TokenRecord } from './token.service.js';

/** The answer of `POST /v2.0/tokens` (identity spec 2.1.1). Roles are groups; operators form the group `admin`. */
export function accessV2View(token: string, record: TokenRecord, serviceCatalog: readonly object[]): object {
  return {
    access: {
      token: {
        id: token,
        expires: isoDateOffset(record.expiresAt),
        tenant: { id: record.project.uuid, name: record.displayName },
      },
      user: {
        id: record.userUuid,
        name: record.displayName,
        roles: record.isAdmin ? [ADMIN] : [],
        roles_links: [],
        projects: record.projectUuids,
      },
      serviceCatalog,
    },
  };
}
