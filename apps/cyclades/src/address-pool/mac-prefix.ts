/*
 * Values of the pools that networks draw from (compute spec 2.4): a MAC prefix is the base as a hexadecimal number plus the index (`aa:00:0` + 3 = `aa:00:3`), a bridge the base
 * plus the index from 1 (`prv` + 0 = `prv1`).
 */

const DIGITS = 5;

/** The MAC prefix with that index, or null when it may not be used: index 0, beyond the digits, multicast or universally administered. */
export function macPrefixAt(base: string, index: number): string | null {
  const value = Number.parseInt(base.replaceAll(':', ''), 16) + index;
  const digits = value.toString(16).padStart(DIGITS, '0');
  if (index === 0 || digits.length > DIGITS) return null;
  const firstByte = Number.parseInt(digits.slice(0, 2), 16);
  const isMulticast = firstByte % 2 === 1;
  const isLocal = Math.floor(firstByte / 2) % 2 === 1;
  return isMulticast || !isLocal ? null : `${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4)}`;
}

/** Whether a pool can begin there: five hexadecimal digits, `aa:00:0`. */
export function isMacPrefixBase(base: string): boolean {
  return /^[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]$/.test(base);
}

export function bridgeAt(base: string, index: number): string {
  return `${base}${index + 1}`;
}
