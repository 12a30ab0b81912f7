import type { Instance } from '@synnefo/ganeti-rapi';

const OPERATIONS: Readonly<Record<string, string>> = {
  BUILD: 'OP_INSTANCE_CREATE',
  START: 'OP_INSTANCE_STARTUP',
  STOP: 'OP_INSTANCE_SHUTDOWN',
  REBOOT: 'OP_INSTANCE_REBOOT',
  DESTROY: 'OP_INSTANCE_REMOVE',
};

/** The opcode by which an action of a server is done. */
export function operationOf(action: string): string {
  return OPERATIONS[action] ?? 'UNKNOWN';
}

/** How a job must have ended of which only its effect on the instance is left. @param instance null: there is none */
export function lostJobStatus(
  action: string,
  instance: Pick<Instance, 'oper_state'> | null,
): 'success' | 'error' {
  if (action === 'DESTROY') return instance === null ? 'success' : 'error';
  if (instance === null) return 'error';
  const isRunning = instance.oper_state === true;
  return isRunning === (action !== 'STOP') ? 'success' : 'error';
}
