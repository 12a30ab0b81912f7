// Installs the ExtStorage provider "synnefo" (and, with --os-dir, the OS definition "synnefo") where Ganeti or the simulator looks for it.
//
// Ganeti starts the scripts with an empty environment: no PATH, no configuration. So each script is written here with absolute paths of
// node and vlmc and with the control socket of the node's archipelagod. Repeating is harmless; files are replaced whole.
// Plain JavaScript without dependencies: the supervisor imports it before anything is installed.
import { chmod, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const NAME = 'synnefo';
/** Required by Ganeti, and the optional snapshot, open and close. */
const ACTIONS = [
  'create',
  'attach',
  'detach',
  'remove',
  'grow',
  'setinfo',
  'verify',
  'snapshot',
  'open',
  'close',
];
const DATA_FILES = new Set(['parameters.list', 'variants.list', 'ganeti_api_version']);

const HELP = `Usage: node infra/ganeti/install-provider.mjs --dir DIR --control unix:/path/control.sock [options]

  --dir DIR         Ganeti's search path for ExtStorage providers; DIR/${NAME}/ is made there
  --control URL     control socket of the archipelagod of this node
  --node PATH       node binary (default: the one that runs this)
  --vlmc PATH       vlmc.js (default: the one of this tree, after a build)
  --os-dir DIR      also install the OS definition to DIR/${NAME}/ (Ganeti's OS search path)
`;

/** Quotes for sh. */
function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

async function replaceFile(file, content, mode) {
  const temporary = `${file}.new`;
  await writeFile(temporary, content, { mode });
  await chmod(temporary, mode);
  await rename(temporary, file);
}

/** Writes the provider to `<dir>/synnefo`. @returns that directory */
export async function installProvider({ dir, node = process.execPath, vlmc = defaultVlmc(), control }) {
  for (const [what, value] of Object.entries({ dir, node, vlmc })) {
    if (!path.isAbsolute(value)) throw new Error(`${what} must be an absolute path, not ${value}`);
  }
  if (!control.startsWith('unix:/'))
    throw new Error(`control must be unix:/path/control.sock, not ${control}`);
  const target = path.join(dir, NAME);
  await mkdir(target, { recursive: true, mode: 0o755 });
  const source = path.join(here, 'extstorage', NAME);
  const template = await readFile(path.join(source, 'action.sh'), 'utf8');
  for (const action of ACTIONS) {
    const values = {
      '@ACTION@': action,
      '@NODE@': quote(node),
      '@VLMC@': quote(vlmc),
      '@CONTROL@': quote(control),
    };
    const script = template.replace(/@[A-Z]+@/g, (mark) => values[mark] ?? mark);
    await replaceFile(path.join(target, action), script, 0o755);
  }
  await replaceFile(
    path.join(target, 'parameters.list'),
    await readFile(path.join(source, 'parameters.list')),
    0o644,
  );
  return target;
}

/** Writes the OS definition to `<dir>/synnefo`. @returns that directory */
export async function installOs({ dir }) {
  const target = path.join(dir, NAME);
  await mkdir(target, { recursive: true, mode: 0o755 });
  const source = path.join(here, 'os', NAME);
  for (const file of await readdir(source)) {
    await replaceFile(
      path.join(target, file),
      await readFile(path.join(source, file)),
      DATA_FILES.has(file) ? 0o644 : 0o755,
    );
  }
  return target;
}

function defaultVlmc() {
  return path.resolve(here, '../../libs/archipelago/dist/src/bin/vlmc.js');
}

async function main() {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      control: { type: 'string' },
      node: { type: 'string' },
      vlmc: { type: 'string' },
      'os-dir': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  if (values.dir === undefined || values.control === undefined)
    throw new Error(`--dir and --control are needed\n\n${HELP}`);
  process.stdout.write(`${await installProvider(values)}\n`);
  if (values['os-dir'] !== undefined) process.stdout.write(`${await installOs({ dir: values['os-dir'] })}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    process.stderr.write(`install-provider: ${error.message}\n`);
    process.exitCode = 1;
  });
}
