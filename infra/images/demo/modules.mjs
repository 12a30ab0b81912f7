// Kernel modules with what they depend on, in load order. Their own `depends=` fields are read: an unpacked package has no modules.dep.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @param kernelDir the unpacked kernel package
 * @param {string[]} wanted names; one that is not there is built in
 * @returns {{ name: string, data: Buffer }[]}
 */
export function findModules(kernelDir, wanted) {
  const files = new Map();
  const dir = path.join(kernelDir, 'lib', 'modules');
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const match = /^(.+)\.ko(\.xz|\.zst)?$/.exec(entry.name);
    if (match !== null) files.set(plain(match[1]), path.join(entry.parentPath ?? entry.path, entry.name));
  }
  const loaded = new Map();
  // ext4 asks for its checksum by name at run time
  for (const name of ['crc32c_generic', ...wanted]) add(plain(name), { files, loaded });
  return [...loaded].map(([name, data]) => ({ name, data }));
}

const plain = (name) => name.replaceAll('-', '_');

function add(name, { files, loaded }) {
  const file = files.get(name);
  if (file === undefined || loaded.has(name)) return;
  const data = contentOf(file);
  const depends = /\0depends=([^\0]*)\0/.exec(data.toString('latin1'))?.[1] ?? '';
  for (const other of depends.split(',').filter(Boolean)) add(plain(other), { files, loaded });
  loaded.set(name, data);
}

/** Compressed in newer releases. */
function contentOf(file) {
  if (file.endsWith('.xz')) return execFileSync('xz', ['-dc', file], { maxBuffer: 64 * 1024 * 1024 });
  if (file.endsWith('.zst')) return execFileSync('zstd', ['-dc', file], { maxBuffer: 64 * 1024 * 1024 });
  return readFileSync(file);
}
