/** A server's ports beside the NICs of its instance. Source: compute spec 3.8.4. Pure. */
import type { Instance } from '@synnefo/ganeti-rapi';
import type { Naming } from '../installation/naming.js';
import type { PortRow } from './compared-rows.js';

/** A NIC of an instance; null where a name is not one of ours. */
export interface Nic {
  readonly index: number;
  readonly portId: number | null;
  readonly networkId: number | null;
  readonly mac: string | null;
  readonly ipv4: string | null;
}

export function nicsOf(instance: Instance, naming: Naming): Nic[] {
  return instance['nic.macs'].map((mac, index) => ({
    index,
    portId: idOf(instance['nic.names'][index], (name) => naming.portId(name)),
    networkId: idOf(instance['nic.networks.names'][index], (name) => naming.networkId(name)),
    mac,
    ipv4: instance['nic.ips'][index] ?? null,
  }));
}

/** @returns null when they are the same */
export function compareNics(
  ports: readonly PortRow[],
  instance: Instance,
  naming: Naming,
): { here: string; there: string } | null {
  const nics = nicsOf(instance, naming);
  const settled = ports.filter((port) => !port.isYoung || nics.some((nic) => nic.portId === port.id));
  const here = settled.map((port) => words({ ...port, portId: port.id })).sort();
  const there = nics.map(words).sort();
  const isSame = here.length === there.length && here.every((text, i) => text === there[i]);
  return isSame ? null : { here: here.join('; ') || 'none', there: there.join('; ') || 'none' };
}

/** @returns whether the NIC is as the port says */
export function isSameNic(port: PortRow, nic: Nic): boolean {
  return words({ ...port, portId: port.id }) === words(nic);
}

function words(nic: Omit<Nic, 'index'> & { readonly index: number | null }): string {
  const parts = [
    nic.portId === null ? 'foreign' : `port ${nic.portId}`,
    nic.networkId === null ? 'foreign network' : `network ${nic.networkId}`,
    nic.mac ?? 'no mac',
    nic.ipv4 ?? 'no address',
  ];
  return `${nic.index ?? '?'}: ${parts.join(' ')}`;
}

function idOf(name: string | null | undefined, parse: (name: string) => number | null): number | null {
  return name === null || name === undefined ? null : parse(name);
}
