import { Unauthorized } from '@synnefo/api';
import type { Principal, TokenVerifier } from '@synnefo/auth';
import type { ProjectUuid, UserUuid } from '@synnefo/units';
import type { TokenFlaw, TokenRecord, TokenService } from './token.service.js';

// Literal texts of identity spec, appendix A.
export const FLAW_TEXTS: Readonly<Record<TokenFlaw, string>> = {
  inactive: 'User inactive',
  expired: 'Authentication expired',
  project: 'The project of this token is not active any more',
};

/** Verifies tokens against Astakos' own tables. @throws Unauthorized saying why a known token does not count */
export function ownVerifier(tokens: TokenService): TokenVerifier {
  return {
    verify: async (token) => {
      const found = await tokens.find(token);
      if (found === null) throw new Unauthorized('Invalid X-Auth-Token');
      if (found.flaw !== null) throw new Unauthorized(FLAW_TEXTS[found.flaw]);
      return principalFrom(found.record);
    },
  };
}

/** The ids come from our own tables: they are what their brand says. */
export function principalFrom(record: TokenRecord): Principal {
  return {
    userUuid: record.userUuid as UserUuid,
    userName: record.userName,
    displayName: record.displayName,
    projectId: record.project.uuid as ProjectUuid,
    projectIds: record.projectUuids as readonly ProjectUuid[],
    roles: rolesOf(record).map(({ name }) => name),
    isAdmin: record.isAdmin,
    tokenExpiresAt: record.expiresAt,
  };
}

export interface Role {
  readonly id: string;
  readonly name: string;
}

export const MEMBER: Role = { id: 'member', name: 'member' };
export const READER: Role = { id: 'reader', name: 'reader' };
export const ADMIN: Role = { id: 'admin', name: 'admin' };

/** Membership of a project is `member` and `reader`, an operator is `admin` (identity spec 10.7). */
export function rolesOf(record: Pick<TokenRecord, 'isAdmin' | 'scope'>): Role[] {
  if (record.scope === 'unscoped') return [];
  return record.isAdmin ? [MEMBER, READER, ADMIN] : [MEMBER, READER];
}
