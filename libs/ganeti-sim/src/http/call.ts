import { statfsSync } from 'node:fs';
import { MIB } from '@synnefo/units';
import { nodeView } from '../cluster/views.js';
import type { JobQueue } from '../job/job-queue.js';
import type { OpContext } from '../opcode/context.js';

export interface RouteContext extends OpContext {
  readonly queue: JobQueue;
  readonly stateDir: string;
}

export interface RapiCall {
  /** The variable parts of the path. */
  readonly names: readonly string[];
  readonly query: URLSearchParams;
  /** Undefined when there is none. */
  readonly body: unknown;
}

export type Handler = (context: RouteContext, call: RapiCall) => unknown;

/** The one node, with the space of the file system that holds the state. */
export function currentNode(context: RouteContext): Record<string, unknown> {
  const { blocks, bavail, bsize } = statfsSync(context.stateDir);
  const mib = (count: number): number => Math.floor((count * bsize) / MIB);
  return nodeView(context.cluster, context.guests, { totalMib: mib(blocks), freeMib: mib(bavail) });
}
