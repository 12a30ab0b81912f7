import type { CommandList } from '@synnefo/admin';

/** The app's admin commands; each loads only what it needs. */
export const commands: CommandList = [
  {
    name: 'backend-add',
    summary: 'add a Ganeti cluster',
    load: async () => (await import('./backend/commands/backend-add.command.js')).backendAdd,
  },
  {
    name: 'backend-list',
    summary: 'list the Ganeti clusters and what they have free',
    load: async () => (await import('./backend/commands/backend-list.command.js')).backendList,
  },
  {
    name: 'backend-modify',
    summary: 'change the callback secret of a Ganeti cluster, or drain it',
    load: async () => (await import('./backend/commands/backend-modify.command.js')).backendModify,
  },
  {
    name: 'flavor-create',
    summary: 'add a flavor: CPUs, MiB of memory, GiB of disk',
    load: async () => (await import('./flavor/commands/flavor-create.command.js')).flavorCreate,
  },
  {
    name: 'flavor-list',
    summary: 'list the flavors',
    load: async () => (await import('./flavor/commands/flavor-list.command.js')).flavorList,
  },
  {
    name: 'network-create',
    summary: 'add a network of the installation, such as the public one',
    load: async () => (await import('./network/commands/network-create.command.js')).networkCreate,
  },
  {
    name: 'network-list',
    summary: 'list the networks',
    load: async () => (await import('./network/commands/network-list.command.js')).networkList,
  },
  {
    name: 'pool-create',
    summary: 'add the pool of bridges or MAC prefixes that networks draw from',
    load: async () => (await import('./address-pool/commands/pool-create.command.js')).poolCreate,
  },
  {
    name: 'reconcile-networks',
    summary: 'compare networks with those of the clusters; changes nothing unless told to',
    load: async () => (await import('./reconcile/commands/reconcile-networks.command.js')).reconcileNetworks,
  },
  {
    name: 'reconcile-servers',
    summary: 'compare servers with the instances of the clusters; changes nothing unless told to',
    load: async () => (await import('./reconcile/commands/reconcile-servers.command.js')).reconcileServers,
  },
  {
    name: 'reconcile-commissions-cyclades',
    summary: 'compare the commissions that Astakos has pending for Cyclades with what was decided',
    load: async () =>
      (await import('./reconcile/commands/reconcile-commissions.command.js')).reconcileCommissions,
  },
  {
    name: 'reconcile-volumes',
    summary: 'compare volumes with the maps of the store; changes nothing unless told to',
    load: async () => (await import('./reconcile/commands/reconcile-volumes.command.js')).reconcileVolumes,
  },
  {
    name: 'reconcile-resources-cyclades',
    summary: 'compare the usage that Astakos has of the resources of Cyclades with what there is',
    load: async () =>
      (await import('./reconcile/commands/reconcile-resources.command.js')).reconcileResources,
  },
];
