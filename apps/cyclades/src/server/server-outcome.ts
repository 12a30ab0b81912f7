/** What the end of a job means for its server: the operation matrix of compute spec 3.8.2, for the actions that there are. Pure. */
import type { Operstate, ServerAction } from './server.entity.js';

export interface ServerChange {
  /** Absent: stays. */
  readonly operstate?: Operstate;
  /** What is charged from now on; absent: stays. */
  readonly chargesRunning?: boolean;
  /** How ports and volumes go on: `ready` with the new instance, `failed`, or `gone` with it. */
  readonly parts?: 'ready' | 'failed' | 'gone';
}

const SUCCESS: Readonly<Record<ServerAction, ServerChange>> = {
  BUILD: { operstate: 'STARTED', chargesRunning: true, parts: 'ready' },
  START: { operstate: 'STARTED', chargesRunning: true },
  STOP: { operstate: 'STOPPED', chargesRunning: false },
  REBOOT: { operstate: 'STARTED', chargesRunning: true },
  DESTROY: { operstate: 'DESTROYED', chargesRunning: false, parts: 'gone' },
};

/** @param wasSuccess false for `error` and `canceled`, and for a job that was never taken */
export function serverChange(action: ServerAction, wasSuccess: boolean): ServerChange {
  if (wasSuccess) return SUCCESS[action];
  // A server that could not be made stays charged until it is deleted.
  return action === 'BUILD' ? { operstate: 'ERROR', parts: 'failed' } : {};
}
