/**
 * Base of the admin commands of all apps (`snf-manage`).
 *
 * A command is one file, `<feature>/commands/<noun>-<verb>.command.ts`, with one export:
 *
 *   export const flavorAdd = defineCommand({
 *     args: ['<name>'],                                                   // commander's notation; keys are camel-cased
 *     options: [{ flags: '--cpus <n>', help: 'virtual CPUs' }, { flags: '--if-missing', help: 'change nothing when it exists' }],
 *     input: z.strictObject({ name: z.string(), cpus: z.coerce.number().int().min(1), ifMissing: z.boolean().default(false) }),
 *     run: async (input, context) => {
 *       const flavors = await openFlavors(context);                       // the app's own opener: config from context.env, context.onEnd(close)
 *       return details({ id: await flavors.add(input) });                 // or table(columns, rows), message(text)
 *     },
 *   });
 *
 * It calls the service, never SQL of its own; a mistake of the caller is `throw new CommandError('one line')`. Other errors end in one line too
 * (SNF_DEBUG=1 adds the stack). The app's `src/cli.ts`, its only door, lists its commands and loads nothing else:
 *
 *   export const commands: CommandList = [
 *     { name: 'flavor-add', summary: 'add a flavor', load: async () => (await import('./flavor/commands/flavor-add.command.js')).flavorAdd },
 *   ];
 *
 * `apps/cli` finds the command by `import('@synnefo/app-<app>/cli')`. Every command takes `--output-format table|json|csv`.
 */
export {
  type Command,
  type CommandContext,
  type CommandEntry,
  CommandError,
  type CommandList,
  defineCommand,
  type OptionSpec,
} from './command.js';
export { parseQuantity, quantitySchema, showQuantity } from './quantity.js';
export { type Cell, details, message, type OutputFormat, render, type Result, table } from './result.js';
export { runCommands, type RunOptions } from './run.js';
