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
    name: 'flavor-create',
    summary: 'add a flavor: CPUs, MiB of memory, GiB of disk',
    load: async () => (await import('./flavor/commands/flavor-create.command.js')).flavorCreate,
  },
  {
    name: 'flavor-list',
    summary: 'list the flavors',
    load: async () => (await import('./flavor/commands/flavor-list.command.js')).flavorList,
  },
];
