// Installs what tells Cyclades about the jobs of a Ganeti cluster: hooks, and a unit for the event forwarder. On every node that may become master.
// Repeating is harmless; files are replaced whole. Plain JavaScript without dependencies.
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CONFIG_HELP, readConfig } from './callback/config.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
/** Ganeti runs hooks in the order of their names, of letters, digits, _ and - only. */
const HOOK = '50-synnefo';
const UNIT = 'snf-ganeti-forwarder.service';
/**
 * Operations that change what Cyclades knows of an instance or a network. Source: ganeti spec 11.1. Hooks of network-connect and network-disconnect are
 * told the node group, and not which network.
 */
export const HOOKED = [
  'instance-add',
  'instance-remove',
  'instance-start',
  'instance-stop',
  'instance-reboot',
  'instance-modify',
  'instance-reinstall',
  'instance-rename',
  'instance-migrate',
  'instance-failover',
  'instance-move',
  'instance-recreate-disks',
  'disk-grow',
  'network-add',
  'network-remove',
  'network-modify',
  'network-rename',
];

const HELP = `Usage: node infra/ganeti/install-updates.mjs --config FILE [--hooks-dir DIR] [--unit-dir DIR] [--remove]

  --config FILE     configuration of hooks and forwarder, read now to check it
  --hooks-dir DIR   install hooks to Ganeti's hook directory (/etc/ganeti/hooks)
  --unit-dir DIR    write ${UNIT} (/etc/systemd/system)
  --node PATH       node binary (default: the one that runs this)
  --remove          take away what was installed there

${CONFIG_HELP}`;

function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

async function replaceFile(file, content, mode) {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.new`);
  await writeFile(temporary, content, { mode });
  await chmod(temporary, mode);
  await rename(temporary, file);
}

function filled(template, values) {
  return template.replace(/@[A-Z]+@/g, (mark) => values[mark] ?? mark);
}

function assertAbsolute(paths) {
  for (const [what, value] of Object.entries(paths))
    if (!path.isAbsolute(value)) throw new Error(`${what} must be an absolute path, not ${value}`);
}

/** Writes the hooks. @returns their files */
export async function installHooks({ hooksDir, configFile, node = process.execPath }) {
  assertAbsolute({ hooksDir, configFile, node });
  const template = await readFile(path.join(here, 'hooks', 'hook.sh'), 'utf8');
  const hook = path.join(here, 'hooks', 'hook.mjs');
  const script = filled(template, {
    '@NODE@': quote(node),
    '@HOOK@': quote(hook),
    '@CONFIG@': quote(configFile),
  });
  const files = HOOKED.map((operation) => path.join(hooksDir, `${operation}-post.d`, HOOK));
  for (const file of files) {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
    await replaceFile(file, script, 0o755);
  }
  return files;
}

export async function removeHooks({ hooksDir }) {
  for (const operation of HOOKED) await rm(path.join(hooksDir, `${operation}-post.d`, HOOK), { force: true });
}

/** Writes the forwarder's systemd unit. @returns its file */
export async function installUnit({ unitDir, configFile, node = process.execPath }) {
  assertAbsolute({ unitDir, configFile, node });
  const template = await readFile(path.join(here, 'forwarder', UNIT), 'utf8');
  const main = path.join(here, 'forwarder', 'main.mjs');
  const file = path.join(unitDir, UNIT);
  await replaceFile(
    file,
    filled(template, { '@NODE@': node, '@MAIN@': main, '@CONFIG@': configFile }),
    0o644,
  );
  return file;
}

async function main() {
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      'hooks-dir': { type: 'string' },
      'unit-dir': { type: 'string' },
      node: { type: 'string' },
      remove: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const { config: configFile, 'hooks-dir': hooksDir, 'unit-dir': unitDir, node } = values;
  if (hooksDir === undefined && unitDir === undefined) throw new Error(`nothing to install\n\n${HELP}`);
  if (values.remove) {
    if (hooksDir !== undefined) await removeHooks({ hooksDir });
    if (unitDir !== undefined) await rm(path.join(unitDir, UNIT), { force: true });
    return;
  }
  if (configFile === undefined) throw new Error(`--config is needed\n\n${HELP}`);
  await readConfig(configFile);
  if (hooksDir !== undefined) await installHooks({ hooksDir, configFile, node });
  if (unitDir !== undefined) await installUnit({ unitDir, configFile, node });
  process.stdout.write('installed\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    process.stderr.write(`install-updates: ${error.message}\n`);
    process.exitCode = 1;
  });
}
