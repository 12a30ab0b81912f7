import { BadRequest, pageLinks } from '@synnefo/api';
import type { ServerFilter } from './server.repository.js';
import type { ServerEntity } from './server.entity.js';
import type { ServerV21Query } from './server.v2-1.schema.js';
import { operstatesOf } from './server.v2-1.view.js';

export const MAX_LIMIT = 1_000;

/** @returns the filter for one page and the row that tells whether there is another; null when nothing can match */
export function filterOf(query: ServerV21Query, marker: ServerEntity | undefined): ServerFilter | null {
  const isDeleted = query.status?.toUpperCase() === 'DELETED';
  const operstates = query.status === undefined || isDeleted ? undefined : operstatesOf(query.status);
  if (operstates === null) return null;
  const changedSince = query['changes-since'] === undefined ? undefined : new Date(query['changes-since']);
  if (changedSince !== undefined && Number.isNaN(changedSince.getTime()))
    throw new BadRequest('changes-since: an ISO 8601 time is needed');
  return {
    name: query.name,
    ip: query.ip,
    ip6: query.ip6,
    operstates,
    flavorId: query.flavor,
    imageId: query.image,
    changesSince: changedSince,
    ...(isDeleted ? { isDeleted } : {}),
    afterId: marker?.id,
    limit: limitOf(query) + 1,
    isDescending: true,
  };
}

export function limitOf(query: ServerV21Query): number {
  return Math.min(query.limit ?? MAX_LIMIT, MAX_LIMIT);
}

/** `servers_links`, when there is another page. */
export function linksOf(
  url: string,
  query: ServerV21Query,
  page: { last: ServerEntity | undefined; hasMore: boolean },
): object {
  const { limit, marker: _, ...filters } = query;
  const sent = { ...filters, limit: limit?.toString() };
  const links = pageLinks(url, sent, page.hasMore ? page.last?.uuid : undefined);
  return links.length === 0 ? {} : { servers_links: links };
}
