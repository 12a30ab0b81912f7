import type { CommandList } from '@synnefo/admin';

/** The apps' command lists, each loaded only when a command is not found in the ones before. */
export const sources: readonly (() => Promise<CommandList>)[] = [
  async () => (await import('@synnefo/app-astakos/cli')).commands,
  async () => (await import('@synnefo/app-cyclades/cli')).commands,
];
