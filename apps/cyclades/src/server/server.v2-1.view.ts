/** Servers as compute v2.1 shows them at microversion 2.1: exactly its fields, UUIDs, addresses by network name. Source: clients spec 4.1. Pure. */
import { isoDate, isoDateNoZone } from '@synnefo/api';
import type { Operstate, ServerEntity } from './server.entity.js';
import type { ServerNic, ServerRecord } from './server.repository.js';
import { openstackState } from './server-state.js';

export function serverV21Summary(server: ServerEntity, baseUrl: string): Record<string, unknown> {
  return { id: server.uuid, name: server.name, links: links(server, baseUrl) };
}

export function serverV21Detail(record: ServerRecord, baseUrl: string): Record<string, unknown> {
  return { ...serverV21Plain(record, baseUrl), ...extensions(record) };
}

/** The fields without those of extensions: what PUT answers below 2.75. */
export function serverV21Plain(
  { server, metadata, nics }: ServerRecord,
  baseUrl: string,
): Record<string, unknown> {
  const { status } = openstackState(server);
  return {
    ...serverV21Summary(server, baseUrl),
    status,
    tenant_id: server.project,
    user_id: server.userUuid,
    created: isoDate(server.createdAt),
    updated: isoDate(server.updatedAt),
    hostId: '',
    progress: status === 'ACTIVE' ? 100 : server.buildPercentage,
    metadata,
    image: { id: server.imageId, links: bookmark(`${baseUrl}/compute/images/${server.imageId}`) },
    flavor: { id: String(server.flavorId), links: bookmark(`${baseUrl}/compute/flavors/${server.flavorId}`) },
    addresses: addresses(nics),
    accessIPv4: '',
    accessIPv6: '',
    'OS-DCF:diskConfig': 'MANUAL',
    ...(status === 'ERROR' ? { fault: fault(server) } : {}),
  };
}

export function serverV21Created(server: ServerEntity, adminPass: string, baseUrl: string): object {
  return {
    id: server.uuid,
    links: links(server, baseUrl),
    adminPass,
    'OS-DCF:diskConfig': 'MANUAL',
    security_groups: [{ name: 'default' }],
  };
}

/** @returns the internal states that show as `status`; null when none does */
export function operstatesOf(status: string): Operstate[] | null {
  const states: Readonly<Record<string, Operstate[]>> = {
    ACTIVE: ['STARTED'],
    REBOOT: ['STARTED'],
    SHUTOFF: ['STOPPED'],
    BUILD: ['BUILD'],
    ERROR: ['ERROR'],
    RESIZE: ['RESIZE'],
  };
  return states[status.toUpperCase()] ?? null;
}

export function addresses(nics: readonly ServerNic[]): Record<string, object[]> {
  const byName: Record<string, object[]> = {};
  for (const nic of nics) {
    if (nic.state !== 'ACTIVE') continue;
    const list = (byName[nic.networkName] ??= []);
    const common = {
      'OS-EXT-IPS:type': nic.isFloating ? 'floating' : 'fixed',
      'OS-EXT-IPS-MAC:mac_addr': nic.mac ?? '',
    };
    if (nic.ipv4 !== null) list.push({ version: 4, addr: nic.ipv4, ...common });
    if (nic.ipv6 !== null) list.push({ version: 6, addr: nic.ipv6, ...common });
  }
  return byName;
}

function extensions({ server, volumes }: ServerRecord): Record<string, unknown> {
  const { vmState, taskState, powerState } = openstackState(server);
  return {
    key_name: server.keyNames[0] ?? null,
    config_drive: '',
    security_groups: [{ name: 'default' }],
    'OS-EXT-AZ:availability_zone': 'nova',
    'OS-EXT-STS:vm_state': vmState,
    'OS-EXT-STS:task_state': taskState,
    'OS-EXT-STS:power_state': powerState,
    'OS-SRV-USG:launched_at': server.launchedAt === null ? null : isoDateNoZone(server.launchedAt),
    'OS-SRV-USG:terminated_at': server.deletedAt === null ? null : isoDateNoZone(server.deletedAt),
    'os-extended-volumes:volumes_attached': volumes.map((volume) => ({ id: volume.uuid })),
  };
}

function fault(server: ServerEntity): object {
  return {
    code: 500,
    created: isoDate(server.faultedAt ?? server.updatedAt),
    message: (server.faultMessage ?? 'The creation failed.').slice(0, 255),
  };
}

function links(server: ServerEntity, baseUrl: string): object[] {
  return [
    { rel: 'self', href: `${baseUrl}/compute/v2.1/servers/${server.uuid}` },
    { rel: 'bookmark', href: `${baseUrl}/compute/servers/${server.uuid}` },
  ];
}

function bookmark(href: string): object[] {
  return [{ rel: 'bookmark', href }];
}
