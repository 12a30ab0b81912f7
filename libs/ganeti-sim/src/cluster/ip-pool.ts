/** The addresses of an IPv4 network, as Ganeti keeps them: at most a /16, the first and the last never given out. */
import { isIPv4 } from 'node:net';

export function ipToNumber(ip: string): number {
  return ip.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
}

export function numberToIp(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

export interface Subnet {
  readonly first: number;
  readonly size: number;
}

/** @returns null when `text` is no `a.b.c.d/nn`; the caller checks the rest */
export function parseSubnet(text: string): (Subnet & { prefix: number; hasHostBits: boolean }) | null {
  const [, ip = '', bits = ''] = /^([\d.]+)\/(\d+)$/.exec(text) ?? [];
  if (!isIPv4(ip)) return null;
  const prefix = Number(bits);
  const size = 2 ** Math.max(0, 32 - prefix);
  const address = ipToNumber(ip);
  const first = Math.floor(address / size) * size;
  return { first, size, prefix, hasHostBits: first !== address };
}

/** One character an address: `X` taken, `.` free. */
export function ipMap(subnet: Subnet, taken: Iterable<string>): string {
  const characters = new Array<string>(subnet.size).fill('.');
  for (const ip of taken) {
    const index = ipToNumber(ip) - subnet.first;
    if (index >= 0 && index < subnet.size) characters[index] = 'X';
  }
  return characters.join('');
}

/** @returns whether `ip` lies within `subnet` */
export function contains(subnet: Subnet, ip: string): boolean {
  const value = isIPv4(ip) ? ipToNumber(ip) : -1;
  return value >= subnet.first && value < subnet.first + subnet.size;
}

/** The first address that is free. */
export function firstFree(subnet: Subnet, taken: ReadonlySet<string>): string | null {
  for (let value = subnet.first; value < subnet.first + subnet.size; value += 1) {
    const ip = numberToIp(value);
    if (!taken.has(ip)) return ip;
  }
  return null;
}
