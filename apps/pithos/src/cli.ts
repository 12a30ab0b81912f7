import type { CommandList } from '@synnefo/admin';

/** Admin commands of Pithos; each loads only what it needs. */
export const commands: CommandList = [
  {
    name: 'reconcile-commissions-pithos',
    summary: 'compare the commissions that Astakos has pending for Pithos with what was decided',
    load: async () =>
      (await import('./reconcile/commands/reconcile-commissions.command.js')).reconcileCommissions,
  },
  {
    name: 'reconcile-resources-pithos',
    summary: 'compare the usage that Astakos has of the resources of Pithos with what there is',
    load: async () =>
      (await import('./reconcile/commands/reconcile-resources.command.js')).reconcileResources,
  },
];
