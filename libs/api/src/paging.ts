import { z } from 'zod';

/** The paging parameters all list calls share. A `limit` above the service's maximum is cut to it. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(0).optional(),
  marker: z.string().max(255).optional(),
});

export type PageQuery = z.infer<typeof pageQuerySchema>;

export interface Page<T> {
  readonly items: T[];
  readonly hasMore: boolean;
}

/** Cuts a list that was read with `limit + 1` rows. */
export function decodeMarkerPage<T>(rows: T[], limit: number): Page<T> {
  return { items: rows.slice(0, limit), hasMore: rows.length > limit };
}

/** The `next` link of a list, as an array that is empty on the last page. `query` is what the caller sent. */
export function pageLinks(
  url: string,
  query: Readonly<Record<string, string | undefined>>,
  marker: string | undefined,
): { rel: 'next'; href: string }[] {
  if (marker === undefined) return [];
  const next = new URL(url);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) next.searchParams.set(name, value);
  next.searchParams.set('marker', marker);
  return [{ rel: 'next', href: next.href }];
}
