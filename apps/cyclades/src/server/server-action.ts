/** Names of actions on the wire → what is done. Source: compute spec 1.3, 9.2. Pure. */
import { BadRequest, Fault, Forbidden, NotImplemented } from '@synnefo/api';
import type { RequestedAction } from './act-on-server.js';
import { type ActionBody, rebootSchema } from './server.schema.js';

const STARTS = ['start', 'os-start'];
const STOPS = ['shutdown', 'os-stop'];
const NOT_OFFERED = ['os-getSPICEConsole', 'os-getRDPConsole'];
const FEATURE_OFF = ['rescue', 'unrescue'];

/** @throws the fault for an action that is unknown or not offered */
export function requestedAction({ name, argument }: ActionBody): RequestedAction {
  if (STARTS.includes(name)) return { kind: 'START' };
  if (STOPS.includes(name)) return { kind: 'STOP' };
  if (name === 'reboot') {
    const reboot = rebootSchema.safeParse(argument ?? {});
    if (!reboot.success) throw new BadRequest('reboot: type must be SOFT or HARD');
    return { kind: 'REBOOT', type: reboot.data.type };
  }
  if (name === 'suspend') throw new Forbidden();
  if (NOT_OFFERED.includes(name)) throw new NotImplemented();
  if (FEATURE_OFF.includes(name)) throw new Fault('featureNotEnabled', 404, 'Rescue is not enabled.');
  throw new BadRequest(`There is no action ${name.slice(0, 64)}.`);
}
