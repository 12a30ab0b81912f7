/** Version documents of identity (identity spec 1.6, 10.2; clients spec 1.3: one shape that every client reads). */
export function versionV3(baseUrl: string): object {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${baseUrl}/identity/v3/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  };
}

export function versionV2(baseUrl: string): object {
  const mediaTypes = [{ base: 'application/json', type: 'application/vnd.openstack.identity-v2.0+json' }];
  return {
    id: 'v2.0',
    status: 'CURRENT',
    updated: '2014-04-17T00:00:00Z',
    links: [{ rel: 'self', href: `${baseUrl}/identity/v2.0/` }],
    // Compat: the first spelling is Synnefo's (identity spec 1.6), the second Keystone's.
    media_types: mediaTypes,
    'media-types': mediaTypes,
  };
}
