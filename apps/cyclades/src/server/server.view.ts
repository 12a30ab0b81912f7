/** Servers as the Synnefo face shows them: integer ids, addresses by network id. Source: compute spec 1.2. Pure. */
import { isoDateOffset } from '@synnefo/api';
import type { ServerEntity } from './server.entity.js';
import type { ServerDiagnostic, ServerNic, ServerRecord } from './server.repository.js';
import { synnefoStatus, synnefoTaskState } from './server-state.js';

export function serverSummary(server: ServerEntity, baseUrl: string): object {
  return { id: server.id, name: server.name, links: links(server, baseUrl) };
}

export function serverDetail(
  { server, metadata, nics, volumes, diagnostics }: ServerRecord,
  baseUrl: string,
): Record<string, unknown> {
  const status = synnefoStatus(server);
  const active = nics.filter((nic) => nic.state === 'ACTIVE');
  return {
    ...serverSummary(server, baseUrl),
    user_id: server.userUuid,
    tenant_id: server.project,
    shared_to_project: server.sharedToProject,
    status,
    'SNF:task_state': synnefoTaskState(server.task),
    progress: status === 'ACTIVE' ? 100 : server.buildPercentage,
    hostId: '',
    created: isoDateOffset(server.createdAt),
    updated: isoDateOffset(server.updatedAt),
    flavor: { id: server.flavorId, links: bookmark(`${baseUrl}/compute/v2.0/flavors/${server.flavorId}`) },
    image: { id: server.imageId, links: bookmark(`${baseUrl}/compute/v2.0/images/${server.imageId}`) },
    suspended: server.isSuspended,
    deleted: server.isDeleted,
    metadata,
    tags: [],
    attachments: active.map(attachment),
    addresses: addresses(active),
    volumes: volumes.map((volume) => volume.id),
    diagnostics: [...faults(server), ...diagnostics.map(diagnosticView)].slice(0, 1),
    security_groups: [{ name: 'default' }],
    key_name: server.keyNames[0] ?? null,
    'SNF:key_names': server.keyNames,
    config_drive: '',
    accessIPv4: '',
    accessIPv6: '',
    'SNF:fqdn': null,
    'SNF:port_forwarding': {},
    'SNF:rescue': false,
  };
}

function links(server: ServerEntity, baseUrl: string): object[] {
  const href = `${baseUrl}/compute/v2.0/servers/${server.id}`;
  return [
    { rel: 'self', href },
    { rel: 'bookmark', href },
  ];
}

function bookmark(href: string): object[] {
  return [
    { rel: 'self', href },
    { rel: 'bookmark', href },
  ];
}

function attachment(nic: ServerNic): object {
  const hasAddress = nic.ipv4 !== null || nic.ipv6 !== null;
  return {
    id: nic.portId,
    network_id: String(nic.networkId),
    mac_address: nic.mac,
    ipv4: nic.ipv4 ?? '',
    ipv6: nic.ipv6 ?? '',
    ...(nic.firewallProfile === null ? {} : { firewallProfile: nic.firewallProfile }),
    ...(hasAddress ? { 'OS-EXT-IPS:type': addressType(nic) } : {}),
  };
}

function addressType(nic: ServerNic): 'floating' | 'fixed' {
  return nic.isFloating ? 'floating' : 'fixed';
}

function addresses(nics: readonly ServerNic[]): Record<string, object[]> {
  const byNetwork: Record<string, object[]> = {};
  for (const nic of nics) {
    const list = (byNetwork[String(nic.networkId)] ??= []);
    if (nic.ipv4 !== null) list.push({ version: 4, addr: nic.ipv4, 'OS-EXT-IPS:type': addressType(nic) });
    if (nic.ipv6 !== null) list.push({ version: 6, addr: nic.ipv6, 'OS-EXT-IPS:type': addressType(nic) });
  }
  return byNetwork;
}

function diagnosticView({
  level,
  source,
  sourceDate,
  message,
  details,
  createdAt,
}: ServerDiagnostic): object {
  const dates = { source_date: isoDateOffset(sourceDate), created: isoDateOffset(createdAt) };
  return { level, source, ...dates, message, details };
}

function faults(server: ServerEntity): object[] {
  if (server.faultMessage === null || server.faultedAt === null) return [];
  const created = isoDateOffset(server.faultedAt);
  return [
    {
      source: 'ganeti',
      created,
      message: server.faultMessage.slice(0, 255),
      details: server.faultMessage,
      level: 'ERROR',
    },
  ];
}
