// One process of a kind on a node: the name of a socket in Linux' abstract namespace, which ends with its process, however that ends.
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';

/** @returns a function that gives it back, or null when another process has it */
export function becomeSingle(what, dir) {
  const digest = createHash('sha256').update(dir).digest('hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
    server.listen(`\0synnefo-${what}-${digest}`, () =>
      resolve(() => new Promise((closed) => server.close(() => closed()))),
    );
  });
}
