import { Fault } from './fault.js';
import { type FaultFormat, renderFault } from './fault-format.js';
import { Conflict, ItemNotFound, NotAllowed, OverLimit, Unauthorized } from './openstack-faults.js';

const notFound = new ItemNotFound('No server 7.', { details: 'gone' });
const overQuota = new OverLimit('Quota exceeded.', { details: 'why', data: { limit: 1 } });

describe('renderFault', () => {
  it.each<[FaultFormat, object]>([
    ['openstack', { itemNotFound: { code: 404, message: 'No server 7.', details: 'gone' } }],
    ['keystone', { error: { code: 404, title: 'Not Found', message: 'No server 7.' } }],
    ['neutron', { NeutronError: { type: 'NotFound', message: 'No server 7.', detail: 'gone' } }],
    ['glance', { code: '404 Not Found', title: 'Not Found', message: 'No server 7.' }],
  ])('writes JSON in the form of %s', (format, body) => {
    expect(renderFault(notFound, format)).toEqual({ contentType: 'application/json; charset=utf-8', body });
  });

  it('writes one line of text for Pithos and Swift', () => {
    expect(renderFault(notFound, 'text')).toEqual({
      contentType: 'text/plain; charset=UTF-8',
      body: 'No server 7.\n',
    });
  });

  it('adds the facts for programs where the form has room for them', () => {
    expect(renderFault(overQuota, 'openstack').body).toEqual({
      overLimit: { code: 413, message: 'Quota exceeded.', details: 'why', data: { limit: 1 } },
    });
    expect(JSON.stringify(renderFault(overQuota, 'neutron').body)).not.toContain('data');
  });

  it.each([
    [overQuota, 'OverQuota'],
    [new Fault('overQuota', 409, 'Quota exceeded.'), 'OverQuota'],
    [new Conflict(), 'Conflict'],
    [new NotAllowed(), 'MethodNotAllowed'],
    [new Unauthorized(), 'Unauthorized'],
    [new Fault('addressInUse', 409, 'Taken.'), 'AddressInUse'],
  ])('names the type as network clients compare it: %#', (fault, type) => {
    expect(renderFault(fault, 'neutron').body).toMatchObject({ NeutronError: { type } });
  });

  it('spells titles in words', () => {
    const fault = new Fault('preconditionFailed', 412, 'x');
    expect(renderFault(fault, 'keystone').body).toMatchObject({ error: { title: 'Precondition Failed' } });
  });
});
