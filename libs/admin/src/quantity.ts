import { UNLIMITED } from '@synnefo/units';
import { z } from 'zod';

const POWERS: Record<string, bigint> = { '': 0n, b: 0n, k: 1n, m: 2n, g: 3n, t: 4n, p: 5n };
const QUANTITY = /^(\d+)(?:\.(\d{1,6}))?\s*(?:(k|m|g|t|p)?(?:i?b)?|bytes)$/i;

/**
 * Reads `8`, `1.5G`, `512 MiB`, `inf`: units are powers of 1024, case does not matter. Source: identity spec 5.6.
 * @returns null when it is no quantity
 */
export function parseQuantity(text: string): bigint | null {
  if (/^inf(inite)?$/i.test(text.trim())) return UNLIMITED;
  const match = QUANTITY.exec(text.trim());
  if (match === null) return null;
  const [, whole = '0', fraction = '', unit = ''] = match;
  const factor = 1024n ** (POWERS[unit.toLowerCase()] ?? 0n);
  const value = BigInt(whole) * factor + (BigInt(fraction.padEnd(6, '0')) * factor) / 1_000_000n;
  return value <= UNLIMITED ? value : null;
}

/** A quantity among a command's options. */
export function quantitySchema(): z.ZodType<bigint, string> {
  return z.string().transform((text, context) => {
    const value = parseQuantity(text);
    if (value !== null) return value;
    context.addIssue({
      code: 'custom',
      message: `'${text}' is no quantity: use for example 8, 20GiB or inf`,
    });
    return z.NEVER;
  });
}

/** A limit or usage for a table: `inf` or the plain number. */
export function showQuantity(value: bigint): string {
  return value >= UNLIMITED ? 'inf' : value.toString();
}
