import type { CommandList } from '@synnefo/admin';

export const commands: CommandList = [];
