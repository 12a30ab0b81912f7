import type { z } from 'zod';
import type { Result } from './result.js';

/** What surrounds one run of a command. */
export interface CommandContext {
  /** The environment that the app's `config.ts` reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text on standard input, to its end; for `-` as a file name. */
  readStdin(): Promise<string>;
  /** Called when the command is over, in reverse order: close what was opened. */
  onEnd(close: () => Promise<void>): void;
}

export interface OptionSpec {
  /** Commander's notation: `--email <address>`, `--admin`, `--limit <value...>` (repeatable). The key is the camel-cased long name. */
  readonly flags: string;
  readonly help: string;
}

export interface Command<S extends z.ZodType = z.ZodType> {
  /** Commander's notation: `<user>`, `[name]`, `<limit...>`. The key is the camel-cased name. */
  readonly args?: readonly string[];
  readonly options?: readonly OptionSpec[];
  /** Arguments and options together; all are text, text[] or boolean. Use `z.strictObject`. */
  readonly input: S;
  run(input: z.infer<S>, context: CommandContext): Promise<Result>;
}

/** Declares an admin command: the one export of a `<noun>-<verb>.command.ts`. */
export function defineCommand<S extends z.ZodType>(command: Command<S>): Command<S> {
  return Object.freeze(command);
}

export interface CommandEntry {
  /** `<noun>-<verb>`. */
  readonly name: string;
  readonly summary: string;
  /** Loads the command's file, and with it what it needs. */
  readonly load: () => Promise<Command>;
}

/** An app's admin commands: the export `commands` of its `src/cli.ts`. */
export type CommandList = readonly CommandEntry[];

/** A mistake of the caller, told in one line. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
