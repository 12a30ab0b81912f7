import { NODE_NAME } from '../cluster/cluster-config.js';
import { HttpError } from './http-error.js';
import type { Handler } from './call.js';

/** How to reach an instance's console; 503 when it does not run, and, as 3.0.2, 500 when there is none of that name. */
export const consoleOf: Handler = ({ cluster, guests }, { names: [name = ''] }) => {
  const instance = cluster.findInstance(name);
  if (instance === null) throw new HttpError(500, 'list index out of range');
  if (!guests.isRunning(instance)) throw new HttpError(503, 'Instance console unavailable');
  const command = guests.consoleCommand(instance);
  if (command === null) {
    const message = `Console not available for ${instance.hypervisor} hypervisor`;
    return { instance: instance.name, kind: 'msg', message };
  }
  return { instance: instance.name, kind: 'ssh', host: NODE_NAME, user: 'root', command };
};
