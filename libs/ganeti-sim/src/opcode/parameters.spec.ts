import { fillOpcode } from './parameters.js';

describe('fillOpcode', () => {
  it('adds defaults and leaves out what was not given', () => {
    expect(fillOpcode('OP_INSTANCE_SHUTDOWN', { instance_name: 'i', timeout: 0, dry_run: false })).toEqual({
      ...{
        OP_ID: 'OP_INSTANCE_SHUTDOWN',
        instance_name: 'i',
        timeout: 0,
        force: false,
        ignore_offline_nodes: false,
      },
      ...{ no_remember: false, admin_state_source: 'admin' },
      ...{ dry_run: false, debug_level: 0, priority: 0, depends: null, comment: null, reason: [] },
    });
    expect(fillOpcode('OP_NETWORK_REMOVE', { network_name: 'n' })).not.toHaveProperty('dry_run');
  });

  it('takes null for an optional parameter, and not for a required one', () => {
    const network = { network_name: 'n', network: '10.0.0.0/28' };
    expect(fillOpcode('OP_NETWORK_ADD', { ...network, gateway: null })).not.toHaveProperty('gateway');
    expect(() => fillOpcode('OP_NETWORK_ADD', { network_name: null, network: '10.0.0.0/28' })).toThrow(
      'network_name',
    );
  });

  it('names the first wrong parameter', () => {
    const fill = (): unknown =>
      fillOpcode('OP_INSTANCE_GROW_DISK', { instance_name: 'i', disk: 0, amount: -1 });
    expect(fill).toThrow("Parameter 'OP_INSTANCE_GROW_DISK.amount' fails validation");
  });

  it('checks dependencies', () => {
    const depends = [[7, ['sucess']]];
    expect(() => fillOpcode('OP_NETWORK_REMOVE', { network_name: 'n', depends })).toThrow('depends');
  });
});
