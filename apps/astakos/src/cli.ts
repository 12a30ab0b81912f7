import type { CommandList } from '@synnefo/admin';

/** Astakos' admin commands; each is loaded only when it is called. */
export const commands: CommandList = [
  {
    name: 'user-add',
    summary: 'add a user with its system project',
    load: async () => (await import('./user/commands/user-add.command.js')).userAdd,
  },
  {
    name: 'user-list',
    summary: 'list users',
    load: async () => (await import('./user/commands/user-list.command.js')).userList,
  },
  {
    name: 'user-show',
    summary: 'show a user, or what it holds',
    load: async () => (await import('./user/commands/user-show.command.js')).userShow,
  },
  {
    name: 'user-modify',
    summary: 'change limits, password or rights of a user',
    load: async () => (await import('./user/commands/user-modify.command.js')).userModify,
  },
  {
    name: 'component-list',
    summary: 'list components',
    load: async () => (await import('./catalog/commands/component-list.command.js')).componentList,
  },
  {
    name: 'service-list',
    summary: 'list services and their endpoints',
    load: async () => (await import('./catalog/commands/service-list.command.js')).serviceList,
  },
  {
    name: 'resource-list',
    summary: 'list resources and their default limits',
    load: async () => (await import('./resource/commands/resource-list.command.js')).resourceList,
  },
  {
    name: 'resource-modify',
    summary: 'change default limits and visibility of a resource',
    load: async () => (await import('./resource/commands/resource-modify.command.js')).resourceModify,
  },
  {
    name: 'quota-list',
    summary: 'list what users hold',
    load: async () => (await import('./quota/commands/quota-list.command.js')).quotaList,
  },
  {
    name: 'commission-list',
    summary: 'list pending commissions',
    load: async () => (await import('./commission/commands/commission-list.command.js')).commissionList,
  },
];
