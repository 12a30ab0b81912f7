// Opens `kill-vol` of a store and writes until it is killed, telling each write before and after on stdout.
const { readFileSync, writeSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const [, , swcPath, store] = process.argv;
const swc = require(swcPath);
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const isOurs = request.startsWith('.') && parent?.filename.endsWith('.ts');
  return resolve.call(this, isOurs ? request.replace(/\.js$/, '.ts') : request, parent, ...rest);
};
Module._extensions['.ts'] = (module, filename) => {
  const { code } = swc.transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    module: { type: 'commonjs' },
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  });
  module._compile(code, filename);
};

async function main() {
  const { Archipelago } = require(path.join(__dirname, '..', '..', 'archipelago.ts'));
  const archipelago = await Archipelago.open({ store, node: 'node1' });
  const volume = await archipelago.openVolume('kill-vol', { mode: 'rw' });
  for (let i = 1; ; i += 1) {
    const offset = (i * 7919 * 13) % (volume.sizeBytes - 100);
    const fill = (i % 250) + 1;
    writeSync(1, `begin ${offset} ${fill}\n`);
    await volume.write(offset, Buffer.alloc(100, fill));
    writeSync(1, `done ${offset} ${fill}\n`);
    if (i % 40 === 0) await volume.flush();
  }
}

main();
