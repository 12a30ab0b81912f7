import type { ServicesInput } from './services.schema.js';

/** Astakos' own service document, registered at every start. */
export function ownServices(baseUrl: string): ServicesInput {
  const endpoint = (publicURL: string, versionId: string, face: 'v2' | 'v3') => ({
    publicURL,
    versionId,
    'SNF:exposeVersion': true,
    face,
  });
  return {
    astakos_account: {
      type: 'account',
      component: 'astakos',
      endpoints: [endpoint(`${baseUrl}/account/v1.0`, 'v1.0', 'v2')],
      resources: {},
    },
    astakos_identity: {
      type: 'identity',
      component: 'astakos',
      endpoints: [
        endpoint(`${baseUrl}/identity/v2.0`, 'v2.0', 'v2'),
        endpoint(`${baseUrl}/identity/v3`, 'v3', 'v3'),
      ],
      resources: {},
    },
  };
}
