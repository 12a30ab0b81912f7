import type { CommandList } from '@synnefo/admin';

/** Admin commands of Pithos; there are none yet. */
export const commands: CommandList = [];
