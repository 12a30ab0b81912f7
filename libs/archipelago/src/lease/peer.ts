import { Busy } from '../errors.js';
import { callControl, volumePath } from './control-client.js';
import type { LeaseOwner } from './lease.js';

/** Bounds how long a guest's request hangs on a holder that was stopped: the call is made again. */
const TIMEOUT_MS = 10_000;

/** The process that has a volume open, as seen from another. Every call may be repeated; all throw `Busy` when it is not the holder any more. */
export interface Peer {
  read(offset: number, length: number): Promise<Buffer>;
  flush(): Promise<void>;
  /** Asks it to close the volume; `Busy` while it is in use there, unless a live migration is announced on both nodes: `shared` here. */
  release(asker: { readonly shared: boolean }): Promise<void>;
}

/** Reaches the holder through its control URL; one without (a worker that seals a snapshot) is done in a moment. */
export function peerOf(name: string, owner: LeaseOwner): Peer {
  const call = (method: 'GET' | 'POST', path: string, body?: object): Promise<Buffer> => {
    const request = { method, path: volumePath(name, path), ...(body && { body }), timeoutMs: TIMEOUT_MS };
    if (owner.control !== undefined) return callControl(owner.control, request);
    return Promise.reject(
      new Busy(`process ${owner.pid} on ${owner.node} holds the lease of ${name}`, { resource: name }),
    );
  };
  return {
    read: (offset, length) => call('GET', `/data?offset=${offset}&length=${length}`),
    flush: async () => void (await call('POST', '/flush')),
    release: async ({ shared }) => void (await call('POST', '/release', { shared })),
  };
}
