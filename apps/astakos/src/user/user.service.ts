import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { BadRequest, Conflict, ItemNotFound } from '@synnefo/api';
import { DataSource, type EntityManager, isUniqueViolation, transaction } from '@synnefo/database';
import { hashPassword } from '../auth-provider/password.js';
import { createSystemProject } from '../project/system-project.js';
import { UserEntity } from './user.entity.js';

export interface NewUser {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  /** Null: no local login. */
  readonly password: string | null;
  readonly isAdmin: boolean;
}

export interface UserChange {
  readonly password?: string;
  readonly isActive?: boolean;
  readonly isAdmin?: boolean;
}

// A local part and a domain; more is the mail server's to judge.
const EMAIL = /^[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)*$/;
const CATALOG_LIMIT = 10_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

@Injectable()
export class UserService {
  constructor(private readonly dataSource: DataSource) {}

  /** Adds an accepted, active user with its system project. @throws BadRequest, Conflict (the e-mail is taken) */
  async add(user: NewUser): Promise<UserEntity> {
    if (user.email.length > 254 || !EMAIL.test(user.email))
      throw new BadRequest(`'${user.email}' is no e-mail address.`);
    const passwordHash = user.password === null ? null : await hashPassword(user.password);
    const uuid = randomUUID();
    try {
      return await transaction(this.dataSource, async (tx) => {
        const repository = tx.getRepository(UserEntity);
        const saved = await repository.save(
          repository.create({
            uuid,
            username: user.email.toLowerCase(),
            email: user.email,
            firstName: user.firstName,
            lastName: user.lastName,
            passwordHash,
            isActive: true,
            isAdmin: user.isAdmin,
            defaultProjectUuid: uuid,
            lastLoginAt: null,
          }),
        );
        await createSystemProject(tx, saved);
        return saved;
      });
    } catch (error) {
      if (isUniqueViolation(error, 'uq_astakos_user_username')) {
        throw new Conflict(`There is a user ${user.email} already.`, { cause: error });
      }
      throw error;
    }
  }

  list(): Promise<UserEntity[]> {
    return this.dataSource.getRepository(UserEntity).find({ order: { id: 'ASC' } });
  }

  findByUuid(uuid: string): Promise<UserEntity | null> {
    if (!UUID.test(uuid)) return Promise.resolve(null);
    return this.dataSource.getRepository(UserEntity).findOneBy({ uuid: uuid.toLowerCase() });
  }

  findByEmail(email: string): Promise<UserEntity | null> {
    return this.dataSource.getRepository(UserEntity).findOneBy({ username: email.toLowerCase() });
  }

  /** By uuid or e-mail. @throws ItemNotFound */
  async get(idOrEmail: string): Promise<UserEntity> {
    const user = (await this.findByUuid(idOrEmail)) ?? (await this.findByEmail(idOrEmail));
    if (user === null) throw new ItemNotFound(`There is no user ${idOrEmail}.`);
    return user;
  }

  /** A new password, and every change of who may log in, ends the user's tokens. @returns hashes of the tokens that ended, in hex */
  async change(userId: number, change: UserChange): Promise<string[]> {
    const passwordHash = change.password === undefined ? null : await hashPassword(change.password);
    return transaction(this.dataSource, async (tx) => {
      await tx.query(
        `UPDATE astakos_user SET password_hash = coalesce($2, password_hash), is_active = coalesce($3, is_active),
         is_admin = coalesce($4, is_admin) WHERE id = $1`,
        [userId, passwordHash, change.isActive ?? null, change.isAdmin ?? null],
      );
      return passwordHash !== null || change.isActive === false ? endTokens(tx, userId) : [];
    });
  }

  /** uuid → e-mail of the given users, or of all. */
  async namesOf(uuids: readonly string[] | null): Promise<Map<string, string>> {
    const rows: { uuid: string; username: string }[] = await this.dataSource.query(
      `SELECT uuid, username FROM astakos_user WHERE $1::text[] IS NULL OR uuid::text = ANY($1) ORDER BY id LIMIT $2`,
      [uuids, CATALOG_LIMIT],
    );
    return new Map(rows.map(({ uuid, username }) => [uuid, username]));
  }

  /** e-mail in the caller's spelling → uuid. */
  async uuidsOf(emails: readonly string[]): Promise<Map<string, string>> {
    const rows: { uuid: string; username: string }[] = await this.dataSource.query(
      'SELECT uuid, username FROM astakos_user WHERE username = ANY($1)',
      [emails.map((email) => email.toLowerCase())],
    );
    const byName = new Map(rows.map(({ uuid, username }) => [username, uuid]));
    const found = emails.flatMap((email): [string, string][] => {
      const uuid = byName.get(email.toLowerCase());
      return uuid === undefined ? [] : [[email, uuid]];
    });
    return new Map(found);
  }
}

async function endTokens(tx: EntityManager, userId: number): Promise<string[]> {
  const [rows]: [{ hash: string }[], number] = await tx.query(
    `DELETE FROM token WHERE user_id = $1 RETURNING encode(hash, 'hex') AS hash`,
    [userId],
  );
  return rows.map(({ hash }) => hash);
}

/** "first last", a single space even if one is empty (identity spec 2.1.1). */
export function displayNameOf(user: { firstName: string; lastName: string }): string {
  return `${user.firstName} ${user.lastName}`;
}
