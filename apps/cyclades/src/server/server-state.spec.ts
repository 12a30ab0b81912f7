import {
  openstackState,
  refusal,
  type ServerState,
  synnefoStatus,
  synnefoTaskState,
} from './server-state.js';

const server = (changes: Partial<ServerState> = {}): ServerState => ({
  operstate: 'STARTED',
  task: null,
  isDeleted: false,
  isSuspended: false,
  backendOpcode: 'OP_INSTANCE_CREATE',
  backendJobStatus: 'success',
  ...changes,
});

describe('status', () => {
  it.each([
    [server(), 'ACTIVE', ['ACTIVE', 'active', 1]],
    [server({ operstate: 'STOPPED' }), 'STOPPED', ['SHUTOFF', 'stopped', 4]],
    [server({ operstate: 'BUILD', task: 'BUILD' }), 'BUILD', ['BUILD', 'building', 0]],
    [server({ operstate: 'ERROR' }), 'ERROR', ['ERROR', 'error', 0]],
    [server({ operstate: 'DESTROYED', isDeleted: true }), 'DELETED', ['DELETED', 'deleted', 0]],
    [
      server({ backendOpcode: 'OP_INSTANCE_REBOOT', backendJobStatus: 'running' }),
      'REBOOT',
      ['REBOOT', 'active', 1],
    ],
  ])('%# is shown on both faces', (state, synnefo, [status, vmState, powerState]) => {
    expect(synnefoStatus(state)).toBe(synnefo);
    expect(openstackState(state)).toMatchObject({ status, vmState, powerState });
  });

  it('shows a reboot as soon as it was asked for on the OpenStack face', () => {
    expect(openstackState(server({ task: 'REBOOT' }))).toMatchObject({
      status: 'REBOOT',
      taskState: 'rebooting',
    });
    expect(synnefoTaskState('REBOOT')).toBe('REBOOTING');
    expect(synnefoTaskState(null)).toBe('');
  });
});

describe('refusal', () => {
  it.each([
    ['START', server({ operstate: 'STOPPED' }), null],
    ['START', server(), 400],
    ['START', server({ operstate: 'STOPPED', task: 'REBOOT' }), 400],
    ['START', server({ operstate: 'BUILD', task: 'BUILD' }), 409],
    ['STOP', server(), null],
    ['STOP', server({ operstate: 'STOPPED' }), 400],
    ['STOP', server({ operstate: 'ERROR' }), 400],
    ['REBOOT', server(), null],
    ['REBOOT', server({ operstate: 'STOPPED' }), null],
    ['DESTROY', server({ operstate: 'BUILD', task: 'BUILD' }), null],
    ['DESTROY', server({ operstate: 'ERROR' }), null],
    ['DESTROY', server({ isSuspended: true }), 403],
    ['STOP', server({ isSuspended: true }), 403],
    ['DESTROY', server({ isDeleted: true }), 400],
  ] as const)('%s in case %# gives %s', (action, state, code) => {
    expect(refusal(state, action)?.code ?? null).toBe(code);
  });
});
