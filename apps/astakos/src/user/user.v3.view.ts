import { DEFAULT_DOMAIN } from '../project/domain.js';
import type { UserEntity } from './user.entity.js';
import { displayNameOf } from './user.service.js';

/** A user as Keystone writes it (identity spec 10.5). */
export function userV3View(baseUrl: string, user: UserEntity): object {
  return {
    id: user.uuid,
    name: user.username,
    email: user.email,
    description: displayNameOf(user),
    domain_id: DEFAULT_DOMAIN.id,
    enabled: user.isActive,
    default_project_id: user.defaultProjectUuid,
    password_expires_at: null,
    options: {},
    links: { self: `${baseUrl}/identity/v3/users/${user.uuid}` },
  };
}
