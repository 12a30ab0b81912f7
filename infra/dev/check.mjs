// `npm run check`: format, lint, import rules, types and unit tests, all of them even when one fails; `npm test` uses the parts too.
import { performance } from 'node:perf_hooks';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installNpmPackages } from './packages.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';
import { print, say } from './screen.mjs';

const bin = (name) => path.join(root, 'node_modules', '.bin', name);

const STATIC_CHECKS = [
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['lint', bin('eslint'), ['--max-warnings', '0', '.']],
  ['lint:deps', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'apps', 'libs', 'test']],
  ['types', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']],
];

/** Runs the checks that need no server, one after the other. @returns {Promise<{ name: string, isOk: boolean }[]>} */
export async function staticChecks() {
  const results = [];
  for (const [name, command, args] of STATIC_CHECKS) results.push(await checked(name, command, args));
  return results;
}

/** Runs one command, says how it went, and shows what it said when it failed. */
export async function checked(name, command, args, env = process.env) {
  const startedAt = performance.now();
  const { code, output } = await run({ what: name, command, args, cwd: root, env });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (code !== 0) print(output.trimEnd());
  return { name, isOk: code === 0 };
}

async function main() {
  await installNpmPackages();
  const results = await staticChecks();
  results.push(await checked('unit tests', bin('jest'), ['--selectProjects', 'unit']));
  const failed = results.filter(({ isOk }) => !isOk);
  print(`${results.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
