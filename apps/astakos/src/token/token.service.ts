import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Unauthorized } from '@synnefo/api';
import { tokenHash } from '@synnefo/auth';
import { DataSource } from '@synnefo/database';
import { displayNameOf } from '../user/user.service.js';
import { RevocationNotice } from './revocation-notice.js';
import { TokenEntity, type TokenScope } from './token.entity.js';

/** A token with all that may be said of it. */
export interface TokenRecord {
  readonly hash: string;
  readonly userId: number;
  readonly userUuid: string;
  readonly userName: string;
  readonly displayName: string;
  readonly isAdmin: boolean;
  readonly scope: TokenScope;
  /** The project it is for; of a token without one, the user's default project. */
  readonly project: { readonly uuid: string; readonly name: string };
  /** Active projects of the user. */
  readonly projectUuids: readonly string[];
  readonly methods: readonly string[];
  readonly auditIds: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** Why a known token does not count. */
export type TokenFlaw = 'inactive' | 'expired' | 'project';

export interface TokenIssue {
  readonly userId: number;
  readonly scope: TokenScope;
  readonly projectUuid: string | null;
  readonly methods: readonly string[];
  readonly lifetimeMs: number;
  /** The token it was got with: the new one does not outlive it and continues its audit chain. */
  readonly parent?: TokenRecord;
}

interface Row {
  readonly hash: string;
  readonly user_id: number;
  readonly user_uuid: string;
  readonly username: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly is_active: boolean;
  readonly is_admin: boolean;
  readonly default_project_uuid: string;
  readonly scope: TokenScope;
  readonly project_uuid: string | null;
  readonly methods: string[];
  readonly audit_ids: string[];
  readonly issued_at: Date;
  readonly expires_at: Date;
  readonly projects: { uuid: string; name: string }[];
}

// 32 random bytes: 43 characters of URL-safe base64.
const TOKEN_BYTES = 32;
const AUDIT_ID_BYTES = 16;

const FIND = `
  SELECT encode(t.hash, 'hex') AS hash, t.user_id, u.uuid AS user_uuid, u.username, u.first_name, u.last_name, u.is_active,
    u.is_admin, u.default_project_uuid, t.scope, t.project_uuid, t.methods, t.audit_ids, t.issued_at, t.expires_at,
    (SELECT coalesce(json_agg(json_build_object('uuid', p.uuid, 'name', p.real_name) ORDER BY p.is_system DESC, p.id), '[]')
     FROM project_membership m JOIN project p ON p.id = m.project_id
     WHERE m.user_id = u.id AND m.state IN ('accepted', 'leave_requested') AND p.state = 'active') AS projects
  FROM token t JOIN astakos_user u ON u.id = t.user_id WHERE t.hash = decode($1, 'hex')`;

@Injectable()
export class TokenService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly notice: RevocationNotice,
  ) {}

  /** Makes a token; earlier ones stay valid. @returns the token itself, kept nowhere, and its record */
  async issue(issue: TokenIssue): Promise<{ token: string; record: TokenRecord }> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const issuedAt = new Date();
    const end = issuedAt.getTime() + issue.lifetimeMs;
    const chain = issue.parent?.auditIds.at(-1);
    const auditId = randomBytes(AUDIT_ID_BYTES).toString('base64url');
    await this.dataSource.getRepository(TokenEntity).insert({
      hash: Buffer.from(tokenHash(token), 'hex'),
      userId: issue.userId,
      scope: issue.scope,
      projectUuid: issue.projectUuid,
      methods: [...issue.methods],
      auditIds: chain === undefined ? [auditId] : [auditId, chain],
      issuedAt,
      expiresAt: new Date(Math.min(end, issue.parent?.expiresAt.getTime() ?? end)),
    });
    await this.dataSource.query('UPDATE astakos_user SET last_login_at = $2 WHERE id = $1', [
      issue.userId,
      issuedAt,
    ]);
    const found = await this.find(token);
    if (found === null || found.flaw !== null) throw new Unauthorized();
    return { token, record: found.record };
  }

  /** @returns null when nobody has that token; `flaw` tells why a known one does not count */
  async find(token: string): Promise<{ record: TokenRecord; flaw: TokenFlaw | null } | null> {
    const rows: Row[] = await this.dataSource.query(FIND, [tokenHash(token)]);
    const [row] = rows;
    return row === undefined ? null : { record: toRecord(row), flaw: flawOf(row) };
  }

  /** @returns null for a token that does not count, whatever the reason */
  async findValid(token: string): Promise<TokenRecord | null> {
    const found = await this.find(token);
    return found === null || found.flaw !== null ? null : found.record;
  }

  /** Ends the token everywhere: here at once, at services that remember it when the bus tells them. */
  async revoke(hash: string): Promise<void> {
    await this.dataSource.query(`DELETE FROM token WHERE hash = decode($1, 'hex')`, [hash]);
    await this.notice.publish([hash]);
  }

  /** @returns how many were deleted */
  async deleteExpired(): Promise<number> {
    const [, count]: [unknown, number] = await this.dataSource.query(
      `DELETE FROM token WHERE expires_at < now() - interval '1 day'`,
    );
    return count;
  }
}

function flawOf(row: Row): TokenFlaw | null {
  if (!row.is_active) return 'inactive';
  if (row.expires_at.getTime() <= Date.now()) return 'expired';
  const isGone = row.project_uuid !== null && !row.projects.some(({ uuid }) => uuid === row.project_uuid);
  return isGone ? 'project' : null;
}

function toRecord(row: Row): TokenRecord {
  const wanted = row.project_uuid ?? row.default_project_uuid;
  const project = row.projects.find(({ uuid }) => uuid === wanted) ?? row.projects[0];
  return {
    hash: row.hash,
    userId: row.user_id,
    userUuid: row.user_uuid,
    userName: row.username,
    displayName: displayNameOf({ firstName: row.first_name, lastName: row.last_name }),
    isAdmin: row.is_admin,
    scope: row.scope,
    project: project ?? { uuid: wanted, name: '' },
    projectUuids: row.projects.map(({ uuid }) => uuid),
    methods: row.methods,
    auditIds: row.audit_ids,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
  };
}
