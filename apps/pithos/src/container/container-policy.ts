import { BadRequest, NotImplemented } from '@synnefo/api';

import type { RequestHeaders } from '../dialect/store-request.js';

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
    else if (key === 'quota' && /^\d{1,16}$/.test(value)) policy[key] = value === '0' ? null : value;
    else if (key === 'project' && value !== '') policy[key] = value;
    else throw new BadRequest(`Bad policy: ${key}`);
  }
  for (const kind of ['read', 'write'] as const) {
    const value = headers.has(`x-remove-container-${kind}`) ? '' : headers.get(`x-container-${kind}`);
    if (value === undefined) continue;
    if (value.length > 2000) throw new BadRequest('The ACL is too long.');
    if (kind === 'write' && /(^|,)\s*\./.test(value))
      throw new BadRequest('Referrer elements are not allowed in write ACLs.');
    policy[`${kind}-acl`] = value.replace(/\s/g, '') || null;
  }
  return policy;
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
