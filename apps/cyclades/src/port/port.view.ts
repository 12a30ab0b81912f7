import { isoDate, isoDateOffset, NotImplemented } from '@synnefo/api';
import type { PortFields } from './port.schema.js';
import type { CreatePort, PortDetails } from './port.service.js';

/** The Synnefo face (compute spec 1.8.3). `fixed_ips` names the subnet by both spellings. */
export function portView(port: PortDetails, baseUrl: string) {
  const href = `${baseUrl}/network/v2.0/ports/${port.id}`;
  return {
    id: String(port.id),
    name: port.name,
    links: [
      { rel: 'self', href },
      { rel: 'bookmark', href },
    ],
    user_id: port.userUuid,
    tenant_id: port.project,
    device_id: port.serverId === null ? null : String(port.serverId),
    device_owner: port.serverId === null ? null : port.deviceOwner,
    admin_state_up: true,
    mac_address: port.mac,
    status: port.state,
    network_id: String(port.networkId),
    created: isoDateOffset(port.createdAt),
    updated: isoDateOffset(port.updatedAt),
    fixed_ips: port.addresses.map(({ address, subnetId }) => ({
      ip_address: address,
      subnet: String(subnetId),
      subnet_id: String(subnetId),
    })),
    security_groups: [],
  };
}

/** The OpenStack face (clients spec 4.9). */
export function openstackPortView(port: PortDetails): Record<string, unknown> {
  return {
    id: port.uuid,
    name: port.name,
    network_id: port.networkUuid,
    tenant_id: port.project,
    project_id: port.project,
    mac_address: port.mac ?? '',
    admin_state_up: true,
    status: port.state,
    device_id: port.serverUuid ?? '',
    device_owner: port.serverUuid === null ? '' : 'compute:nova',
    fixed_ips: port.addresses.map(({ address, subnetUuid }) => ({
      subnet_id: subnetUuid,
      ip_address: address,
    })),
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    security_groups: [],
    description: '',
    'binding:vnic_type': 'normal',
    port_security_enabled: true,
    dns_name: '',
    dns_assignment: [],
    qos_policy_id: null,
    qos_network_policy_id: null,
    ip_allocation: 'immediate',
    tags: [],
    created_at: isoDate(port.createdAt),
    updated_at: isoDate(port.updatedAt),
    revision_number: 1,
  };
}

/** A request of either face in the words of the service. @throws NotImplemented for a port at a server that exists */
export function portRequest(fields: PortFields): CreatePort {
  const { device_id: device } = fields;
  if (device !== undefined && device !== null && device !== '') {
    throw new NotImplemented(
      'A port cannot be added to a server that exists yet; name the port when you create the server.',
    );
  }
  return {
    networkKey: fields.network_id,
    name: fields.name ?? '',
    fixedIp: fields.fixed_ips?.[0]?.ip_address,
  };
}
