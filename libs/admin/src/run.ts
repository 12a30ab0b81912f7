import { Command as Commander, CommanderError, Option } from 'commander';
import type { z } from 'zod';
import {
  type Command,
  type CommandContext,
  type CommandEntry,
  CommandError,
  type CommandList,
} from './command.js';
import { type OutputFormat, outputFormats, render } from './result.js';

export interface RunOptions {
  /** The program's name in messages. */
  readonly program: string;
  /** Without node and script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** All apps' lists, loaded one after the other only as far as needed. */
  readonly sources: readonly (() => Promise<CommandList>)[];
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly readStdin: () => Promise<string>;
}

/** Runs one admin command. @returns the exit code: 0, or 1 with one line on standard error */
export async function runCommands(options: RunOptions): Promise<number> {
  const [name, ...rest] = options.argv;
  try {
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
      options.stdout(overview(options.program, await all(options.sources)));
      return name === undefined ? 1 : 0;
    }
    const entry = await find(name, options.sources);
    if (entry === null)
      throw new CommandError(`unknown command '${name}'; '${options.program} help' lists all`);
    return await runEntry(entry, rest, options);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    options.stderr(`${options.program}: ${oneLine(error)}\n`);
    if (options.env.SNF_DEBUG === '1' && error instanceof Error) options.stderr(`${error.stack ?? ''}\n`);
    return 1;
  }
}

async function find(name: string, sources: RunOptions['sources']): Promise<CommandEntry | null> {
  for (const source of sources) {
    const entry = (await source()).find((candidate) => candidate.name === name);
    if (entry !== undefined) return entry;
  }
  return null;
}

async function all(sources: RunOptions['sources']): Promise<CommandEntry[]> {
  const lists = await Promise.all(sources.map((source) => source()));
  return lists.flat().sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function runEntry(entry: CommandEntry, argv: readonly string[], options: RunOptions): Promise<number> {
  const command = await entry.load();
  const parser = parserOf(entry, command, options);
  parser.parse(argv, { from: 'user' });
  const { outputFormat, ...given } = parser.opts<{ outputFormat: OutputFormat }>();
  const input = check(command, { ...given, ...argumentsOf(parser) });
  const closers: (() => Promise<void>)[] = [];
  const context: CommandContext = {
    env: options.env,
    readStdin: options.readStdin,
    onEnd: (close) => void closers.push(close),
  };
  try {
    options.stdout(render(await command.run(input, context), outputFormat));
    return 0;
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

function parserOf(entry: CommandEntry, command: Command, options: RunOptions): Commander {
  const parser = new Commander(`${options.program} ${entry.name}`)
    .description(entry.summary)
    .exitOverride()
    .configureOutput({ writeOut: options.stdout, writeErr: options.stderr });
  for (const arg of command.args ?? []) parser.argument(arg);
  for (const option of command.options ?? []) parser.option(option.flags, option.help);
  const format = new Option('--output-format <format>', 'how to print the result');
  return parser.addOption(format.choices(outputFormats).default('table'));
}

function argumentsOf(parser: Commander): Record<string, unknown> {
  const named = parser.registeredArguments.map(
    (argument, i) => [camel(argument.name()), parser.processedArgs[i]] as const,
  );
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function check<S extends z.ZodType>(command: Command<S>, given: Record<string, unknown>): z.infer<S> {
  const result = command.input.safeParse(given);
  if (result.success) return result.data;
  const mistakes = result.error.issues.map(
    (issue) => `${issue.path.map(String).join('.')}: ${issue.message}`,
  );
  throw new CommandError(mistakes.join('; '));
}

function oneLine(error: unknown): string {
  const text =
    error instanceof AggregateError ? (error.errors as unknown[]).map(oneLine).join('; ') : asText(error);
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

function asText(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

function overview(program: string, entries: readonly CommandEntry[]): string {
  const width = Math.max(0, ...entries.map((entry) => entry.name.length));
  const lines = entries.map((entry) => `  ${entry.name.padEnd(width)}  ${entry.summary}\n`);
  return `usage: ${program} <command> [arguments] [--output-format table|json|csv]\n\n${lines.join('')}`;
}
