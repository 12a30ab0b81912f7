/** The one domain of Keystone's world (identity spec 10.7). */
export const DEFAULT_DOMAIN = { id: 'default', name: 'Default' } as const;

/** A domain that is not named is the default one. */
export function isDefaultDomain(
  domain: { id?: string | undefined; name?: string | undefined } | undefined,
): boolean {
  const id = domain?.id ?? DEFAULT_DOMAIN.id;
  const name = domain?.name ?? DEFAULT_DOMAIN.name;
  return id === DEFAULT_DOMAIN.id && name.toLowerCase() === DEFAULT_DOMAIN.id;
}
