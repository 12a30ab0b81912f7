// Compiles apps/*/src, apps/*/migrations and libs/*/src to dist/src and dist/migrations with swc; a file is compiled again only when it is newer than its output.
// Types are not checked here (`npm run types` does that).
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const swcOptions = {
  swcrc: false,
  sourceMaps: 'inline',
  module: { type: 'es6' },
  jsc: {
    target: 'es2022',
    keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
};

/** Files below `dir`, relative to it. */
async function filesBelow(dir) {
  if (!existsSync(dir)) return [];
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((e) => e.isFile()).map((e) => path.relative(dir, path.join(e.parentPath, e.name)));
}

/** Source file → output file, for one package. */
async function outputs(packageDir) {
  const pairs = [];
  for (const folder of ['src', 'migrations']) {
    for (const file of await filesBelow(path.join(packageDir, folder))) {
      if (!file.endsWith('.ts') || file.endsWith('.spec.ts') || file.endsWith('.d.ts')) continue;
      pairs.push([
        path.join(packageDir, folder, file),
        path.join(packageDir, 'dist', folder, file.replace(/\.ts$/, '.js')),
      ]);
    }
  }
  return pairs;
}

async function isFresh(source, output) {
  if (!existsSync(output)) return false;
  return (await stat(output)).mtimeMs > (await stat(source)).mtimeMs;
}

/** Builds everything that changed. @returns how many files were compiled */
export async function build() {
  const { transformFile } = createRequire(import.meta.url)('@swc/core');
  let compiled = 0;
  for (const group of ['libs', 'apps']) {
    for (const name of await readdir(path.join(root, group))) {
      const packageDir = path.join(root, group, name);
      const pairs = await outputs(packageDir);
      const wanted = new Set(pairs.map(([, output]) => output));
      for (const file of await filesBelow(path.join(packageDir, 'dist'))) {
        const output = path.join(packageDir, 'dist', file);
        if (!wanted.has(output)) await rm(output);
      }
      for (const [source, output] of pairs) {
        if (await isFresh(source, output)) continue;
        const { code } = await transformFile(source, swcOptions);
        await mkdir(path.dirname(output), { recursive: true });
        await writeFile(output, code);
        compiled += 1;
      }
    }
  }
  return compiled;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const startedAt = Date.now();
  const compiled = await build();
  process.stdout.write(`built ${compiled} files in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}
