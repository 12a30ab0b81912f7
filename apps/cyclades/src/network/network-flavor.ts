import type { NetworkFlavor } from './network.entity.js';

export interface FlavorTraits {
  readonly mode: 'bridged' | 'routed';
  /** The bridge, when it is not drawn from a pool. */
  readonly link: string | null;
  /** The MAC prefix, when it is not drawn from a pool. */
  readonly macPrefix: string | null;
  readonly tags: readonly string[];
  readonly isForUsers: boolean;
}

const DEFAULT_MAC_PREFIX = 'aa:00:0';

/** Compute spec 3.6.1. `link: null` draws a bridge, `macPrefix: null` a MAC prefix. */
export const NETWORK_FLAVORS: Readonly<Record<NetworkFlavor, FlavorTraits>> = {
  CUSTOM: { mode: 'bridged', link: 'br0', macPrefix: DEFAULT_MAC_PREFIX, tags: [], isForUsers: false },
  IP_LESS_ROUTED: {
    mode: 'routed',
    link: '',
    macPrefix: DEFAULT_MAC_PREFIX,
    tags: ['ip-less-routed'],
    isForUsers: false,
  },
  MAC_FILTERED: {
    mode: 'bridged',
    link: 'prv0',
    macPrefix: null,
    tags: ['private-filtered'],
    isForUsers: true,
  },
  PHYSICAL_VLAN: {
    mode: 'bridged',
    link: null,
    macPrefix: DEFAULT_MAC_PREFIX,
    tags: ['physical-vlan'],
    isForUsers: false,
  },
};

/** What a user gets who does not choose. */
export const DEFAULT_USER_FLAVOR: NetworkFlavor = 'MAC_FILTERED';

export function isNetworkFlavor(name: string): name is NetworkFlavor {
  return Object.hasOwn(NETWORK_FLAVORS, name);
}
