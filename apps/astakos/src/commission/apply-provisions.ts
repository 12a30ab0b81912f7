/**
 * The arithmetic of commissions, without a database (identity spec 3.7). For a quantity q on a holding:
 *
 *            q > 0                                        q < 0, d = −q
 *   issue    usageMax + q ≤ limit unless forced; usageMax += q   usageMin − d ≥ 0 always; usageMin −= d
 *   accept   usageMin += q                                usageMax −= d
 *   reject   usageMax −= q                                usageMin += d
 *
 * So usageMin ≤ usageMax after any sequence; what is given back frees nothing until it is accepted; accept and reject cannot fail.
 */
import type { HoldingKey } from '../quota/holdings.js';
import { keyOf } from '../quota/holdings.js';

export interface ProvisionLine extends HoldingKey {
  readonly quantity: bigint;
}

/** The counters of one holding. */
export interface Counters {
  readonly limit: bigint;
  usageMin: bigint;
  usageMax: bigint;
}

export type Refusal =
  | {
      readonly reason: 'capacity';
      readonly line: ProvisionLine;
      readonly limit: bigint;
      readonly usage: bigint;
    }
  | {
      readonly reason: 'quantity';
      readonly line: ProvisionLine;
      readonly limit: bigint;
      readonly usage: bigint;
    }
  | { readonly reason: 'holding'; readonly line: ProvisionLine };

/** Sums the lines of the same holding, in the order of their first appearance. */
export function mergeLines(lines: readonly ProvisionLine[]): ProvisionLine[] {
  const merged = new Map<string, ProvisionLine>();
  for (const line of lines) {
    const known = merged.get(keyOf(line));
    merged.set(
      keyOf(line),
      known === undefined ? line : { ...known, quantity: known.quantity + line.quantity },
    );
  }
  return [...merged.values()];
}

/** Issues merged lines on the holdings, changing them; at the first refusal it stops, and the caller throws all changes away. */
export function issueLines(
  lines: readonly ProvisionLine[],
  holdings: ReadonlyMap<string, Counters>,
  isForced: boolean,
): Refusal | null {
  for (const line of lines) {
    const holding = holdings.get(keyOf(line));
    if (holding === undefined) return { reason: 'holding', line };
    const refusal = issueLine(line, holding, isForced);
    if (refusal !== null) return refusal;
  }
  return null;
}

function issueLine(line: ProvisionLine, holding: Counters, isForced: boolean): Refusal | null {
  const { quantity } = line;
  if (quantity > 0n) {
    const usage = holding.usageMax;
    if (!isForced && usage + quantity > holding.limit) {
      return { reason: 'capacity', line, limit: holding.limit, usage };
    }
    holding.usageMax += quantity;
  } else if (quantity < 0n) {
    const usage = holding.usageMin;
    if (usage + quantity < 0n) return { reason: 'quantity', line, limit: 0n, usage };
    holding.usageMin += quantity;
  }
  return null;
}

/** Settles one issued line. */
export function settleLine(quantity: bigint, holding: Counters, decision: 'accept' | 'reject'): void {
  const isIncrease = quantity >= 0n;
  if (decision === 'accept') {
    if (isIncrease) holding.usageMin += quantity;
    else holding.usageMax += quantity;
  } else if (isIncrease) {
    holding.usageMax -= quantity;
  } else {
    holding.usageMin -= quantity;
  }
}
