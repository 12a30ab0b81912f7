import { BadRequest, Conflict, RequestEntityTooLarge } from '@synnefo/api';

/*
 * IPv4 arithmetic of subnets (compute spec 1.8.2). Addresses are unsigned 32-bit numbers inside this file and dotted text outside.
 */

export interface Ipv4Range {
  readonly first: number;
  readonly last: number;
}

export interface Ipv4Cidr {
  readonly network: number;
  readonly prefixLength: number;
  /** Addresses that hosts may have: neither the network's nor the broadcast address. */
  readonly hosts: Ipv4Range;
  readonly text: string;
}

export interface AllocationPool {
  readonly start: string;
  readonly end: string;
}

/** Bounds of a subnet's prefix length: `MAX_CIDR_BLOCK` of the settings, and what leaves room for hosts. */
export const WIDEST_PREFIX = 22;
export const NARROWEST_PREFIX = 29;

/** @throws BadRequest when it is no dotted quad */
export function parseIpv4(text: string): number {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const parts = (match?.slice(1) ?? []).map(Number);
  // A leading zero means octal to some and decimal to others.
  if (parts.length !== 4 || /(^|\.)0\d/.test(text) || parts.some((part) => part > 255))
    throw new BadRequest(`Invalid IPv4 address '${text}'.`);
  return parts.reduce((value, part) => value * 256 + part, 0);
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** @throws BadRequest when it is malformed or has host bits (the message names the right network), RequestEntityTooLarge outside the bounds */
export function parseIpv4Cidr(text: string): Ipv4Cidr {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(text);
  const prefixLength = Number(match?.[2]);
  if (match?.[1] === undefined || prefixLength > 32) throw new BadRequest(`Malformed IPv4 CIDR '${text}'.`);
  const address = parseIpv4(match[1]);
  const size = 2 ** (32 - prefixLength);
  const network = address - (address % size);
  if (network !== address) {
    throw new BadRequest(
      `'${text}' has host bits set: the network is ${formatIpv4(network)}/${prefixLength}.`,
    );
  }
  if (!isUnicast(address)) throw new BadRequest(`'${text}' holds no addresses for servers.`);
  if (prefixLength < WIDEST_PREFIX || prefixLength > NARROWEST_PREFIX) {
    throw new RequestEntityTooLarge(
      `Unsupported network size /${prefixLength}: between /${WIDEST_PREFIX} and /${NARROWEST_PREFIX}.`,
    );
  }
  return {
    network,
    prefixLength,
    hosts: { first: network + 1, last: network + size - 2 },
    text: `${formatIpv4(network)}/${prefixLength}`,
  };
}

/** Neither this network (0/8), loopback (127/8), multicast nor reserved (224/3). RFC 6890 §2.2.2. */
function isUnicast(address: number): boolean {
  const first = Math.floor(address / 2 ** 24);
  return first !== 0 && first !== 127 && first < 224;
}

/** Absent: the first host. null: none. @throws BadRequest when it is malformed or outside */
export function gatewayOf(cidr: Ipv4Cidr, gateway: string | null | undefined): string | null {
  if (gateway === null) return null;
  if (gateway === undefined) return formatIpv4(cidr.hosts.first);
  if (!contains(cidr.hosts, parseIpv4(gateway)))
    throw new BadRequest(`Gateway ${gateway} is not inside ${cidr.text}.`);
  return gateway;
}

/** One or two pools that hold all hosts except the gateway. */
export function defaultPools(cidr: Ipv4Cidr, gateway: string | null): Ipv4Range[] {
  const { first, last } = cidr.hosts;
  if (gateway === null) return [{ first, last }];
  const address = parseIpv4(gateway);
  return [
    { first, last: address - 1 },
    { first: address + 1, last },
  ].filter((pool) => pool.first <= pool.last);
}

/** The pools of a request, sorted. @throws Conflict when one is outside, reversed, overlaps another or holds the gateway */
export function checkedPools(
  cidr: Ipv4Cidr,
  gateway: string | null,
  pools: readonly AllocationPool[],
): Ipv4Range[] {
  const ranges = pools
    .map(({ start, end }) => ({ first: parseIpv4(start), last: parseIpv4(end) }))
    .sort((a, b) => a.first - b.first);
  ranges.forEach((range, index) => {
    const text = `${formatIpv4(range.first)}-${formatIpv4(range.last)}`;
    const previous = ranges[index - 1];
    if (range.first > range.last)
      throw new Conflict(`Invalid allocation pool ${text}: it ends before it starts.`);
    if (!contains(cidr.hosts, range.first) || !contains(cidr.hosts, range.last)) {
      throw new Conflict(`Allocation pool ${text} is outside ${cidr.text}.`);
    }
    if (previous !== undefined && previous.last >= range.first)
      throw new Conflict(`Allocation pool ${text} overlaps another.`);
    if (gateway !== null && contains(range, parseIpv4(gateway)))
      throw new Conflict(`Allocation pool ${text} holds the gateway.`);
  });
  return ranges;
}

function contains(range: Ipv4Range, address: number): boolean {
  return address >= range.first && address <= range.last;
}
