/** The links of a Keystone collection. @param next the marker of the next page */
export function collectionLinks(self: string, next: string | null = null): object {
  return { self, previous: null, next: next === null ? null : `${self}?marker=${encodeURIComponent(next)}` };
}
