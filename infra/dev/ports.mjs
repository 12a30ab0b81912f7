import net from 'node:net';
import { Failure } from './failure.mjs';

const names = ['Astakos', 'Cyclades', 'Pithos', 'console', 'RAPI', 'PostgreSQL', 'Redis'];

/** The ports of an installation, counted from its base. */
export function portsFrom(base) {
  return {
    astakos: base,
    cyclades: base + 1,
    pithos: base + 2,
    rapi: base + 4,
    postgres: base + 5,
    redis: base + 6,
  };
}

/** @throws Failure in one line when something listens there already */
export async function assertFreePort(port, what) {
  const server = net.createServer();
  const error = await new Promise((resolve) => {
    server.once('error', resolve);
    server.listen(port, '127.0.0.1', () => resolve(null));
  });
  if (error !== null)
    throw new Failure(`port ${port} (${what}) is in use (${error.code}); --port-base takes another base`);
  await new Promise((resolve) => server.close(resolve));
}

/** Checks the ports of our own processes, before anything is started. */
export async function assertFreePorts(base) {
  for (const offset of [0, 1, 2, 4]) await assertFreePort(base + offset, names[offset]);
}

/** A port that is free now. */
export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
