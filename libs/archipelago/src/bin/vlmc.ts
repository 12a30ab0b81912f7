/**
 * vlmc, the volume commander. Errors are one line on standard error and exit status 1.
 *
 * Ganeti starts it several times for every server that it touches, as `vlmc --control URL provider ACTION`: that form loads neither the
 * commands nor what they need, which halves its start.
 */
import { ControlClient } from '../daemon/control-client.js';
import { callProvider } from '../daemon/provider-client.js';

async function main(argv: readonly string[]): Promise<void> {
  const [option, url, command, action, ...rest] = argv;
  const isScript = option === '--control' && command === 'provider' && rest.length === 0;
  if (isScript && url !== undefined && action !== undefined && !action.startsWith('-')) {
    process.stdout.write(await callProvider(new ControlClient(url), action, process.env));
    return;
  }
  const { runCommands } = await import('./vlmc-commands.js');
  await runCommands(argv);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`vlmc: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
