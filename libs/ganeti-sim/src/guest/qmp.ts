/** QEMU's machine protocol: one connection, a few commands, bounded in time. Source: QEMU docs/interop/qmp-spec. */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const message = z.looseObject({
  QMP: z.unknown().optional(),
  return: z.unknown().optional(),
  error: z.looseObject({ class: z.string(), desc: z.string() }).optional(),
  event: z.string().optional(),
});

export interface QmpCommand {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

const LIMIT_MS = 10_000;

/** Runs commands one after the other. @returns their results. @throws Error with QEMU's words, or when QEMU does not answer in 10 s */
export function qmp(socketPath: string, commands: readonly QmpCommand[]): Promise<unknown[]> {
  const socket = connect(socketPath);
  return new Promise<unknown[]>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('QEMU did not answer')), LIMIT_MS);
    const results: unknown[] = [];
    const queue: QmpCommand[] = [{ execute: 'qmp_capabilities' }, ...commands];
    const next = (): void => {
      const command = queue.shift();
      if (command === undefined) resolve(results.slice(1));
      else socket.write(`${JSON.stringify(command)}\n`);
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('QEMU closed the connection')));
    eachMessage(socket, (received) => {
      if (received.error !== undefined) reject(new Error(`QEMU: ${received.error.desc}`));
      else if (received.event !== undefined) return;
      else if (received.QMP !== undefined) next();
      else {
        results.push(received.return);
        next();
      }
    });
    socket.once('close', () => clearTimeout(timer));
  }).finally(() => socket.destroy());
}

function eachMessage(socket: Socket, handle: (received: z.infer<typeof message>) => void): void {
  createInterface({ input: socket }).on('line', (line) => {
    const parsed = message.safeParse(JSON.parse(line));
    if (parsed.success) handle(parsed.data);
  });
}
