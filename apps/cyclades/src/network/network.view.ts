import { isoDate, isoDateOffset } from '@synnefo/api';
import type { NetworkWithSubnets } from './network.service.js';

/** The Synnefo face (compute spec 1.8.1): decimal strings as ids. */
export function networkView(network: NetworkWithSubnets, baseUrl: string) {
  const href = `${baseUrl}/network/v2.0/networks/${network.id}`;
  return {
    id: String(network.id),
    name: network.name,
    links: [
      { rel: 'self', href },
      { rel: 'bookmark', href },
    ],
    user_id: network.userUuid,
    tenant_id: network.project,
    shared_to_project: network.sharedToProject,
    type: network.flavor,
    created: isoDateOffset(network.createdAt),
    updated: isoDateOffset(network.updatedAt),
    status: network.isDrained ? 'SNF:DRAINED' : network.state,
    public: network.isPublic,
    shared: network.isPublic,
    'router:external': network.isExternalRouter,
    admin_state_up: true,
    subnets: network.subnets.map((subnet) => String(subnet.id)),
    'SNF:floating_ip_pool': network.isFloatingIpPool,
    deleted: network.isDeleted,
  };
}

/** The OpenStack face (clients spec 4.9). */
export function openstackNetworkView(network: NetworkWithSubnets): Record<string, unknown> {
  const owner = network.project ?? '';
  return {
    id: network.uuid,
    name: network.name,
    status: network.state === 'PENDING' ? 'BUILD' : network.state,
    tenant_id: owner,
    project_id: owner,
    admin_state_up: true,
    shared: network.isPublic,
    'router:external': network.isExternalRouter,
    port_security_enabled: true,
    is_default: false,
    subnets: network.subnets.map((subnet) => subnet.uuid),
    mtu: 1500,
    availability_zones: ['nova'],
    availability_zone_hints: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    qos_policy_id: null,
    description: '',
    dns_domain: '',
    l2_adjacency: true,
    tags: [],
    created_at: isoDate(network.createdAt),
    updated_at: isoDate(network.updatedAt),
    revision_number: 1,
  };
}
