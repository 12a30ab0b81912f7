/**
 * A second door for masters that see our directory: a unix socket (mode 0600) that serves the callback and the health check, nothing else. A socket
 * that a dead process left behind is replaced.
 */
import { chmod, lstat, unlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';

export interface CallbackSocket {
  close(): Promise<void>;
}

/** @param prefix path of the public base URL, without slashes at its ends. @throws Error when something else than a socket is in the way */
export async function listenOnSocket(
  socketPath: string,
  { main, prefix }: { main: Server; prefix: string },
): Promise<CallbackSocket> {
  const below = `/${[prefix, 'ganeti', 'v1', 'clusters'].filter((part) => part !== '').join('/')}/`;
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    if (url === '/healthcheck' || url.startsWith(below)) main.emit('request', request, response);
    else response.writeHead(404, { connection: 'close' }).end();
  });
  await removeOld(socketPath);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  await chmod(socketPath, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function removeOld(socketPath: string): Promise<void> {
  const old = await lstat(socketPath).catch(() => null);
  if (old === null) return;
  if (!old.isSocket()) throw new Error(`${socketPath} is no socket`);
  await unlink(socketPath);
}
