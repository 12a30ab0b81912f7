/**
 * The two catalogues. v2.0 (identity spec 1.3) shows the Synnefo faces under their own names. v3 (10.3, clients spec 1.4) shows the OpenStack faces:
 * one entry a type, stock names, since old clients match both; of the Synnefo faces only types that OpenStack does not have.
 */
import type { CatalogEndpoint, CatalogService } from './catalog.service.js';

export const REGION = 'default';

/** For whom a catalogue is: fills `%(project_id)s` and `%(user_id)s`. */
export interface CatalogOwner {
  readonly projectId: string;
  readonly userId: string;
}

const STOCK_NAMES: Readonly<Record<string, string>> = {
  identity: 'keystone',
  compute: 'nova',
  image: 'glance',
  network: 'neutron',
  volumev3: 'cinderv3',
  'block-storage': 'cinder',
  'object-store': 'swift',
};
const OPENSTACK_TYPES = new Set([...Object.keys(STOCK_NAMES), 'volume', 'volumev2', 'block-store']);
const INTERFACES = ['public', 'internal', 'admin'] as const;
const TEMPLATE = /%\((project_id|user_id)\)s/g;
const INTERNAL_KEYS = new Set(['publicURL', 'versionId', 'SNF:exposeVersion', 'SNF:uiURL', 'region']);

/** @param owner null when nobody has logged in: endpoints that depend on the user are left out */
export function catalogV2(services: readonly CatalogService[], owner: CatalogOwner | null): object[] {
  return services.flatMap((service) => {
    const endpoints = service.endpoints
      .filter((endpoint) => endpoint.face === 'v2')
      .flatMap((endpoint) => endpointV2(service, endpoint, owner));
    return endpoints.length === 0
      ? []
      : [{ name: service.name, type: service.type, endpoints_links: [], endpoints }];
  });
}

function endpointV2(
  service: CatalogService,
  endpoint: CatalogEndpoint,
  owner: CatalogOwner | null,
): object[] {
  const publicURL = fill(endpoint.data.publicURL ?? '', owner);
  if (publicURL === null) return [];
  const view = { ...endpoint.data, publicURL, region: REGION, 'SNF:uiURL': service.uiUrl };
  return [service.name === 'astakos_weblogin' ? { ...view, 'SNF:webloginURL': publicURL } : view];
}

export interface ServiceV3 {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly endpoints: EndpointV3[];
}

export interface EndpointV3 {
  readonly id: string;
  readonly interface: (typeof INTERFACES)[number];
  readonly region: string;
  readonly region_id: string;
  readonly url: string;
}

export function catalogV3(services: readonly CatalogService[], owner: CatalogOwner | null): ServiceV3[] {
  return services.flatMap((service) => {
    const endpoints = service.endpoints
      .filter((endpoint) => endpoint.face === 'v3' || !OPENSTACK_TYPES.has(service.type))
      .flatMap((endpoint) => endpointsV3(service, endpoint, owner));
    const name = STOCK_NAMES[service.type] ?? service.name;
    return endpoints.length === 0 ? [] : [{ id: String(service.id), type: service.type, name, endpoints }];
  });
}

// Some tools ask for `internal` or `admin`: twins with the same URL.
function endpointsV3(
  service: CatalogService,
  endpoint: CatalogEndpoint,
  owner: CatalogOwner | null,
): EndpointV3[] {
  const url = fill(endpoint.data.publicURL ?? '', owner);
  if (url === null) return [];
  const extra = Object.entries(endpoint.data).filter(([key]) => !INTERNAL_KEYS.has(key));
  return INTERFACES.map((face) => ({
    ...Object.fromEntries(extra),
    id: `${endpoint.id}-${face}`,
    interface: face,
    region: REGION,
    region_id: REGION,
    url,
    ...(service.uiUrl === null ? {} : { 'SNF:uiURL': service.uiUrl }),
  }));
}

function fill(url: string, owner: CatalogOwner | null): string | null {
  if (owner === null) return url.includes('%(') ? null : url;
  return url.replace(TEMPLATE, (_, name: string) => (name === 'project_id' ? owner.projectId : owner.userId));
}
