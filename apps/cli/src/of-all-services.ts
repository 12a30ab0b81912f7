import {
  type Command,
  type CommandEntry,
  type CommandList,
  defineCommand,
  type Result,
  table,
} from '@synnefo/admin';

/** A command that several services have under `<name>-<service>`, with the same options and the same columns: theirs, one after the other, in one table. */
export function ofAllServices(
  about: { readonly name: string; readonly summary: string },
  services: readonly (() => Promise<CommandList>)[],
): CommandEntry {
  return { ...about, load: async () => together(await commandsNamed(about.name, services)) };
}

async function commandsNamed(
  name: string,
  services: readonly (() => Promise<CommandList>)[],
): Promise<Command[]> {
  const lists = await Promise.all(services.map((service) => service()));
  const entries = lists.flat().filter((entry) => entry.name.startsWith(`${name}-`));
  return Promise.all(entries.map((entry) => entry.load()));
}

function together(commands: readonly Command[]): Command {
  const [first] = commands;
  if (first === undefined) throw new Error('no service has this command');
  return defineCommand({
    options: first.options,
    input: first.input,
    run: async (input, context) => {
      const results: Result[] = [];
      for (const command of commands) results.push(await command.run(input, context));
      return joined(results);
    },
  });
}

function joined(results: readonly Result[]): Result {
  const tables = results.filter((result) => result.kind === 'table');
  return table(
    tables[0]?.columns ?? [],
    tables.flatMap(({ rows }) => rows),
  );
}
