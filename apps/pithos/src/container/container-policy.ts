import { BadRequest, Forbidden, NotImplemented } from '@synnefo/api';
import type { Principal } from '@synnefo/auth';

import type { RequestHeaders } from '../dialect/store-request.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const STORAGE_POLICY = 'default';

/**
 * Policy items among the request headers (storage spec §1.4.4): stored key → value, null for the default. `versioning`
 * knows only `none` yet: no history is kept. Swift's ACLs are kept and shown, but grant nothing yet.
 * @throws BadRequest on an unknown directive or value
 */
export function policyFromHeaders(headers: RequestHeaders): Record<string, string | null> {
  const policy: Record<string, string | null> = {};
  for (const [name, value] of headers.withPrefix('x-container-policy-')) {
    const key = name.slice('x-container-policy-'.length).toLowerCase();
    if (key === 'versioning') assertVersioning(value);
    else policy[key] = policyValue(key, value);
  }
  for (const kind of ['read', 'write'] as const) {
    const value = headers.has(`x-remove-container-${kind}`) ? '' : headers.get(`x-container-${kind}`);
    if (value !== undefined) policy[`${kind}-acl`] = aclValue(kind, value);
  }
  return policy;
}

function policyValue(key: string, value: string): string | null {
  if (key === 'quota' && /^\d{1,16}$/.test(value)) return value === '0' ? null : value;
  if (key === 'project' && UUID.test(value)) return value.toLowerCase();
  throw new BadRequest(`Bad policy: ${key}`);
}

function aclValue(kind: 'read' | 'write', value: string): string | null {
  if (value.length > 2000) throw new BadRequest('The ACL is too long.');
  if (kind === 'write' && /(^|,)\s*\./.test(value)) {
    throw new BadRequest('Referrer elements are not allowed in write ACLs.');
  }
  return value.replace(/\s/g, '') || null;
}

/** There is one storage policy; naming another would promise a kind of storage that nobody gives. @throws BadRequest */
export function assertStoragePolicy(headers: RequestHeaders): void {
  const name = headers.get('x-storage-policy');
  if (name && name.toLowerCase() !== STORAGE_POLICY) throw new BadRequest('Invalid X-Storage-Policy');
}

/**
 * A container is charged to its owner's own project or one that the owner is a member of.
 * @throws Forbidden, also for projects that do not exist
 */
export function assertOwnProject(principal: Principal, project: string | null | undefined): void {
  if (project === undefined || project === null || project === principal.userUuid) return;
  if (!principal.projectIds.some((id) => id === project))
    throw new Forbidden('You are not a member of this project.');
}

/** The ACL headers as they were set. */
export function aclOf(policy: Readonly<Record<string, string>>): Record<string, string> {
  const { 'read-acl': read, 'write-acl': write } = policy;
  return {
    ...(read === undefined ? {} : { 'X-Container-Read': read }),
    ...(write === undefined ? {} : { 'X-Container-Write': write }),
  };
}

function assertVersioning(value: string): void {
  if (value === 'auto') throw new NotImplemented('Versions are not kept yet: versioning is none.');
  if (value !== 'none') throw new BadRequest('Bad policy: versioning');
}
