import type { ProjectUuid, UserUuid } from '@synnefo/units';

/** Who is asking, as the token says. Services take it as their first parameter. */
export interface Principal {
  readonly userUuid: UserUuid;
  /** The e-mail address: a login name, not an id. */
  readonly userName: string;
  readonly displayName: string;
  /** The project that new resources are charged to when the request names none: the token's scope. */
  readonly projectId: ProjectUuid;
  /** Every project the user is an active member of. */
  readonly projectIds: readonly ProjectUuid[];
  readonly roles: readonly string[];
  readonly isAdmin: boolean;
  readonly tokenExpiresAt: Date;
}

export interface TokenVerifier {
  /** @returns null for a token that is unknown, revoked or expired. @throws ServiceUnavailable when nobody can tell */
  verify(token: string): Promise<Principal | null>;
}
