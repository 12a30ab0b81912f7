/**
 * What a server is, and what may be asked of it. Source: compute spec 3.1 (status), 3.4 (state × action), 9.2 (words of the OpenStack face). Pure.
 */
import { BadRequest, BuildInProgress, type Fault, Forbidden } from '@synnefo/api';
import type { Operstate, ServerAction, ServerEntity } from './server.entity.js';

export type ServerState = Pick<
  ServerEntity,
  'operstate' | 'task' | 'isDeleted' | 'isSuspended' | 'backendOpcode' | 'backendJobStatus'
>;

const REBOOTING: readonly (string | null)[] = ['queued', 'waiting', 'running'];

function isRebooting(server: ServerState): boolean {
  return server.backendOpcode === 'OP_INSTANCE_REBOOT' && REBOOTING.includes(server.backendJobStatus);
}

/** The status of the Synnefo face; first match wins. */
export function synnefoStatus(server: ServerState): string {
  if (server.isDeleted) return 'DELETED';
  if (server.operstate === 'STARTED') return isRebooting(server) ? 'REBOOT' : 'ACTIVE';
  return server.operstate === 'DESTROYED' ? 'DELETED' : server.operstate;
}

const TASK_STATES: Readonly<Record<ServerAction, string>> = {
  BUILD: 'BUILDING',
  START: 'STARTING',
  STOP: 'STOPPING',
  REBOOT: 'REBOOTING',
  DESTROY: 'DESTROYING',
};

/** `SNF:task_state`: empty when idle. */
export function synnefoTaskState(task: ServerAction | null): string {
  return task === null ? '' : TASK_STATES[task];
}

export interface OpenstackState {
  readonly status: string;
  readonly vmState: string;
  readonly taskState: string | null;
  /** 0 unknown, 1 running, 4 shut down. */
  readonly powerState: number;
}

const OPENSTACK: Readonly<Record<Operstate, Omit<OpenstackState, 'taskState'>>> = {
  BUILD: { status: 'BUILD', vmState: 'building', powerState: 0 },
  STARTED: { status: 'ACTIVE', vmState: 'active', powerState: 1 },
  STOPPED: { status: 'SHUTOFF', vmState: 'stopped', powerState: 4 },
  ERROR: { status: 'ERROR', vmState: 'error', powerState: 0 },
  RESIZE: { status: 'RESIZE', vmState: 'stopped', powerState: 4 },
  DESTROYED: { status: 'DELETED', vmState: 'deleted', powerState: 0 },
};

const OPENSTACK_TASKS: Readonly<Record<ServerAction, string>> = {
  BUILD: 'spawning',
  START: 'powering-on',
  STOP: 'powering-off',
  REBOOT: 'rebooting',
  DESTROY: 'deleting',
};

/** Status words of compute v2.1. A reboot that was asked for shows at once, so that a client that waits for ACTIVE does wait. */
export function openstackState(server: ServerState): OpenstackState {
  const state = OPENSTACK[server.isDeleted ? 'DESTROYED' : server.operstate];
  const isReboot = server.operstate === 'STARTED' && (server.task === 'REBOOT' || isRebooting(server));
  return {
    ...state,
    status: isReboot && !server.isDeleted ? 'REBOOT' : state.status,
    taskState: server.task === null ? null : OPENSTACK_TASKS[server.task],
  };
}

const ALLOWED: Readonly<Record<Exclude<ServerAction, 'BUILD' | 'DESTROY'>, readonly Operstate[]>> = {
  START: ['STOPPED'],
  STOP: ['STARTED'],
  REBOOT: ['STOPPED', 'STARTED'],
};

/** The action does not fit the state: 400 on the Synnefo face (compute spec 3.4), 409 in compute v2.1. */
export class WrongState extends BadRequest {}

/** 400 on the Synnefo face (compute spec 3.4); compute v2.1 knows no deleted servers. */
export class ServerDeleted extends BadRequest {}

/** @returns the fault that refuses `action` in this state; null when it is allowed */
export function refusal(server: ServerState, action: Exclude<ServerAction, 'BUILD'>): Fault | null {
  if (server.isDeleted) return new ServerDeleted('The server is deleted.');
  if (server.isSuspended) return new Forbidden('The server is suspended.');
  if (action === 'DESTROY') return null;
  if (server.task === 'BUILD' || server.operstate === 'BUILD') return new BuildInProgress();
  if (server.task !== null)
    return new WrongState(
      `Cannot ${action.toLowerCase()} the server while it is ${TASK_STATES[server.task].toLowerCase()}.`,
    );
  if (!ALLOWED[action].includes(server.operstate))
    return new WrongState(`Cannot ${action.toLowerCase()} the server while it is ${synnefoStatus(server)}.`);
  return null;
}
