/** Faults that any server of the cloud can have: it hangs, it is restarted, it is kept away from its port. */
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { poll } from '@synnefo/runtime';
import type { Cloud } from '@synnefo/testing';

const PORT_LIMIT_MS = 20_000;

/** Stops the process where it is, connections open, and lets it go on. */
export async function hang(cloud: Cloud, name: string, ms: number): Promise<void> {
  const pid = await cloud.pidOf(name);
  process.kill(pid, 'SIGSTOP');
  try {
    await delay(ms);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** Ends the process with a signal; the supervisor starts another. */
export async function restart(cloud: Cloud, name: string, signal: NodeJS.Signals): Promise<void> {
  const before = await cloud.pidOf(name);
  process.kill(before, signal);
  await cloud.comesBack(name, before);
}

export interface Away {
  readonly name: string;
  readonly port: number;
  readonly signal: NodeJS.Signals;
  /** Kept away for so long. */
  readonly ms: number;
  /** While it is away. */
  readonly meanwhile?: () => Promise<void>;
}

/** Ends the process and takes its port: the supervisor starts it in vain until the port is free again. */
export async function keepAway(cloud: Cloud, { name, port, signal, ms, meanwhile }: Away): Promise<void> {
  const before = await cloud.pidOf(name);
  process.kill(before, signal);
  const release = await takePort(port, async () => {
    const pid = await cloud.pidOf(name).catch(() => before); // it may be back before we have its port
    if (pid !== before) process.kill(pid, 'SIGKILL');
  });
  await meanwhile?.();
  await delay(ms);
  await release();
  await cloud.comesBack(name, before);
}

/** Listens where a server did, and breaks off every connection. @param whileTaken called while another has the port */
async function takePort(port: number, whileTaken: () => Promise<void>): Promise<() => Promise<void>> {
  return poll({ everyMs: 20, timeoutMs: PORT_LIMIT_MS, what: `port ${port} to be free` }, async () => {
    const server = createServer((socket) => socket.destroy());
    const isListening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isListening) return void (await whileTaken());
    return () => new Promise<void>((resolve) => server.close(() => resolve()));
  });
}
