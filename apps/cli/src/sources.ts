import type { CommandList } from '@synnefo/admin';
import { ofAllServices } from './of-all-services.js';

const astakos = async () => (await import('@synnefo/app-astakos/cli')).commands;
const cyclades = async () => (await import('@synnefo/app-cyclades/cli')).commands;
const pithos = async () => (await import('@synnefo/app-pithos/cli')).commands;

const ofAll: CommandList = [
  ofAllServices(
    {
      name: 'reconcile-commissions',
      summary: 'compare the commissions that Astakos has pending with what the services decided',
    },
    [cyclades, pithos],
  ),
  ofAllServices(
    {
      name: 'reconcile-resources',
      summary: 'compare the usage that Astakos has with what there is at the services',
    },
    [cyclades, pithos],
  ),
];

/** The command lists, those of the apps each loaded only when a command is not found in the ones before. */
export const sources: readonly (() => Promise<CommandList>)[] = [
  () => Promise.resolve(ofAll),
  astakos,
  cyclades,
  pithos,
];
