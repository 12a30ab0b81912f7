import type { ServiceDocument } from '@synnefo/astakos-client';

/**
 * What Pithos registers at Astakos: its endpoint on both faces (Pithos clients append the account themselves, Swift's
 * expect it in the URL) and the resource it charges.
 */
export function serviceDocument(urls: { baseUrl: string; swiftUrl: string }): ServiceDocument {
  return {
    'pithos_object-store': {
      type: 'object-store',
      component: 'pithos',
      prefix: 'object-store',
      public: true,
      endpoints: [
        { publicURL: `${urls.baseUrl}/object-store/v1`, versionId: 'v1', face: 'v2' },
        { publicURL: `${urls.swiftUrl}/AUTH_%(project_id)s`, versionId: '', face: 'v3' },
      ],
      resources: {
        'pithos.diskspace': {
          name: 'pithos.diskspace',
          desc: 'Pithos account diskspace',
          service_type: 'object-store',
          service_origin: 'pithos_object-store',
          unit: 'bytes',
          ui_visible: true,
          api_visible: true,
        },
      },
    },
  };
}
