/**
 * What Cyclades registers at Astakos when it starts: its services on both faces, and the resources it charges. Source: identity spec 1.4, 1.5;
 * names and types of the v3 catalogue: clients spec 1.4 (libcloud and gophercloud match them exactly).
 */
import type { ResourceDocument, ServiceDefinition, ServiceDocument } from '@synnefo/astakos-client';

const COMPONENT = 'cyclades';

export function serviceDocument(baseUrl: string): ServiceDocument {
  return { ...synnefoFace(baseUrl), ...openstackFace(baseUrl) };
}

function synnefoFace(baseUrl: string): ServiceDocument {
  const service = (prefix: string, versionId: string, isVersioned: boolean): ServiceDefinition => ({
    type: prefix,
    component: COMPONENT,
    prefix,
    public: true,
    endpoints: [
      {
        versionId,
        publicURL: isVersioned ? `${baseUrl}/${prefix}/${versionId}` : `${baseUrl}/${prefix}`,
        face: 'v2',
        ...(isVersioned ? {} : { 'SNF:exposeVersion': false }),
      },
    ],
  });
  return {
    cyclades_compute: { ...service('compute', 'v2.0', true), resources: computeResources() },
    cyclades_plankton: service('image', 'v1.0', false),
    cyclades_network: { ...service('network', 'v2.0', false), resources: networkResources() },
    cyclades_volume: service('volume', 'v2.0', false),
  };
}

function openstackFace(baseUrl: string): ServiceDocument {
  const service = (type: string, versionId: string, path: string): ServiceDefinition => ({
    type,
    component: COMPONENT,
    public: true,
    endpoints: [{ versionId, publicURL: `${baseUrl}/${path}`, face: 'v3' }],
  });
  return {
    nova: service('compute', 'v2.1', 'compute/v2.1'),
    glance: service('image', '', 'image'),
    neutron: service('network', '', 'networking'),
    cinderv3: service('volumev3', 'v3', 'volume/v3/%(project_id)s'),
  };
}

function computeResources(): Record<string, ResourceDocument> {
  return {
    vm: resource('vm', 'Servers', { service: 'compute' }),
    cpu: resource('cpu', 'CPUs of running servers', { service: 'compute' }),
    total_cpu: resource('total_cpu', 'CPUs of all servers', { service: 'compute', isHidden: true }),
    ram: resource('ram', 'Memory of running servers', { service: 'compute', unit: 'bytes' }),
    total_ram: resource('total_ram', 'Memory of all servers', {
      service: 'compute',
      unit: 'bytes',
      isHidden: true,
    }),
    disk: resource('disk', 'Volumes', { service: 'compute', unit: 'bytes' }),
  };
}

function networkResources(): Record<string, ResourceDocument> {
  return {
    'network-private': resource('network.private', 'Private networks', { service: 'network' }),
    floating_ip: resource('floating_ip', 'Public addresses', { service: 'network' }),
  };
}

function resource(
  name: string,
  desc: string,
  about: { service: string; unit?: string; isHidden?: boolean },
): ResourceDocument {
  const isVisible = about.isHidden !== true;
  return {
    name: `${COMPONENT}.${name}`,
    desc,
    service_type: about.service,
    service_origin: `cyclades_${about.service}`,
    unit: about.unit ?? null,
    ui_visible: isVisible,
    api_visible: isVisible,
  };
}
