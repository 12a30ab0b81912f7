import type { Extent } from '../block-device.js';
import { AllocationBit } from './protocol.js';

/** A metadata context that BLOCK_STATUS can be asked for. */
export interface MetaContext {
  readonly id: number;
  readonly name: string;
  /** The status word of an extent. */
  status(extent: Extent): number;
}

const OWNER_STATUS = { private: 1, shared: 2, cas: 3 } as const;

/**
 * `base:allocation`: zero blocks are holes that read as zeros, everything else is allocated (archipelago spec 5.5).
 * `x-archipelago:owner`, for backup tools: 0 zero block, 1 private to the volume, 2 shared with a snapshot or clone, 3 content-addressed.
 */
export const META_CONTEXTS: readonly MetaContext[] = [
  {
    id: 1,
    name: 'base:allocation',
    status: (extent) => (extent.state === 'zero' ? AllocationBit.hole | AllocationBit.zero : 0),
  },
  {
    id: 2,
    name: 'x-archipelago:owner',
    status: (extent) =>
      extent.state === 'zero' || extent.owner === undefined ? 0 : OWNER_STATUS[extent.owner],
  },
];

/** The contexts that queries name: `namespace:` alone means all of it, but only when listing. */
export function matchContexts(queries: readonly string[], isListing: boolean): MetaContext[] {
  if (isListing && queries.length === 0) return [...META_CONTEXTS];
  return META_CONTEXTS.filter((context) =>
    queries.some(
      (query) =>
        query === context.name || (isListing && query.endsWith(':') && context.name.startsWith(query)),
    ),
  );
}
