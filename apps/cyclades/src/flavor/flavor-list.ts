import { BadRequest } from '@synnefo/api';
import type { FlavorQuery, FlavorV21Query } from './flavor.schema.js';
import type { Flavor } from './flavor.service.js';

/** The filters of the Synnefo face; both hold when both are given. */
export function filterFlavors(flavors: readonly Flavor[], query: FlavorQuery): Flavor[] {
  const isPublic = query['SNF:is_public']?.toLowerCase();
  const project = query['SNF:flavor-access'];
  return flavors
    .filter((flavor) => isPublic === undefined || flavor.isPublic === (isPublic === 'true'))
    .filter((flavor) => project === undefined || flavor.projects.includes(project));
}

/** The filters and the paging of compute v2.1. @throws BadRequest on an unknown marker */
export function pageFlavors(
  flavors: readonly Flavor[],
  query: FlavorV21Query,
  limit: number,
): { page: Flavor[]; hasMore: boolean } {
  const matching = flavors
    .filter((flavor) => flavor.ramMib >= (query.minRam ?? 0) && flavor.diskGib >= (query.minDisk ?? 0))
    .filter((flavor) => !isFalse(query.is_public) || !flavor.isPublic);
  const after =
    query.marker === undefined ? -1 : matching.findIndex((flavor) => String(flavor.id) === query.marker);
  if (query.marker !== undefined && after < 0) throw new BadRequest(`marker [${query.marker}] not found`);
  const rest = matching.slice(after + 1);
  return { page: rest.slice(0, limit), hasMore: rest.length > limit };
}

function isFalse(isPublic: string | undefined): boolean {
  return isPublic !== undefined && /^(false|0|no|f)$/i.test(isPublic);
}
