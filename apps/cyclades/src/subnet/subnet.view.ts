import { isoDate } from '@synnefo/api';
import type { CreateSubnet } from './insert-subnet.js';
import type { SubnetFields } from './subnet.schema.js';
import type { SubnetDetails } from './subnet.service.js';

/** The Synnefo face (compute spec 1.8.2). */
export function subnetView(subnet: SubnetDetails, baseUrl: string) {
  const href = `${baseUrl}/network/v2.0/subnets/${subnet.id}`;
  return {
    id: String(subnet.id),
    network_id: String(subnet.network.id),
    name: subnet.name ?? '',
    tenant_id: subnet.network.project,
    user_id: subnet.userUuid,
    public: subnet.network.isPublic,
    ...common(subnet),
    deleted: subnet.isDeleted,
    links: [
      { rel: 'self', href },
      { rel: 'bookmark', href },
    ],
  };
}

/** The OpenStack face (clients spec 4.9). */
export function openstackSubnetView(subnet: SubnetDetails): Record<string, unknown> {
  const owner = subnet.network.project ?? '';
  return {
    id: subnet.uuid,
    network_id: subnet.network.uuid,
    name: subnet.name ?? '',
    tenant_id: owner,
    project_id: owner,
    ...common(subnet),
    description: '',
    ipv6_ra_mode: null,
    ipv6_address_mode: null,
    subnetpool_id: null,
    service_types: [],
    tags: [],
    created_at: isoDate(subnet.createdAt),
    updated_at: isoDate(subnet.updatedAt),
    revision_number: 1,
  };
}

function common(subnet: SubnetDetails) {
  return {
    gateway_ip: subnet.gateway,
    ip_version: subnet.ipVersion,
    cidr: subnet.cidr,
    enable_dhcp: subnet.hasDhcp,
    dns_nameservers: subnet.dnsNameservers,
    host_routes: subnet.hostRoutes,
    allocation_pools: subnet.pools,
  };
}

/** A request of either face in the words of the service. */
export function subnetRequest(fields: SubnetFields): CreateSubnet {
  return {
    networkKey: fields.network_id,
    cidr: fields.cidr,
    ipVersion: fields.ip_version,
    name: fields.name ?? null,
    gateway: fields.gateway_ip,
    hasDhcp: fields.enable_dhcp,
    pools: fields.allocation_pools,
    dnsNameservers: fields.dns_nameservers,
    hostRoutes: fields.host_routes,
  };
}
