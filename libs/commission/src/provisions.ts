import type { Provision } from '@synnefo/astakos-client';
import type { ProjectUuid, UserUuid } from '@synnefo/units';

/**
 * What to ask of Astakos so that `user` holds `deltas` more (or less) from `project`: for each resource the user's and the project's side, which the
 * caller has to pair. Zero deltas are left out. Amounts in units of the resource. Source: identity spec 2.4, "charging convention".
 */
export function provisionsFor(
  user: UserUuid,
  project: ProjectUuid,
  deltas: Readonly<Record<string, bigint>>,
): Provision[] {
  return Object.entries(deltas)
    .filter(([, quantity]) => quantity !== 0n)
    .flatMap(([resource, quantity]) => [
      { holder: `user:${user}`, source: `project:${project}`, resource, quantity },
      { holder: `project:${project}`, source: null, resource, quantity },
    ]);
}
