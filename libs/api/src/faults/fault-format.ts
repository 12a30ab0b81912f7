import type { Fault } from './fault.js';

/**
 * How a face writes a fault: `openstack` (compute, volume, Astakos' own calls), `keystone` (identity v3), `neutron` (network), `glance` (image v2),
 * `text` (Pithos and Swift).
 */
export type FaultFormat = 'openstack' | 'keystone' | 'neutron' | 'glance' | 'text';

export interface RenderedFault {
  readonly contentType: string;
  readonly body: string | object;
}

const JSON_TYPE = 'application/json; charset=utf-8';

export function renderFault(fault: Fault, format: FaultFormat): RenderedFault {
  switch (format) {
    case 'text':
      return { contentType: 'text/plain; charset=UTF-8', body: `${fault.message}\n` };
    case 'keystone':
      return {
        contentType: JSON_TYPE,
        body: { error: { code: fault.code, title: title(fault), message: fault.message } },
      };
    case 'neutron':
      return {
        contentType: JSON_TYPE,
        body: { NeutronError: { type: neutronType(fault), message: fault.message, detail: fault.details } },
      };
    case 'glance':
      return {
        contentType: JSON_TYPE,
        body: { code: `${fault.code} ${title(fault)}`, title: title(fault), message: fault.message },
      };
    case 'openstack':
      return { contentType: JSON_TYPE, body: { [fault.name]: openstackBody(fault) } };
  }
}

function openstackBody(fault: Fault): object {
  const body = { code: fault.code, message: fault.message, details: fault.details };
  return fault.data === undefined ? body : { ...body, data: fault.data };
}

/** In one PascalCase word: Terraform and the SDKs compare it (clients spec, "Errors"). */
function neutronType(fault: Fault): string {
  return fault.name === 'overLimit' ? 'OverQuota' : title(fault).replaceAll(' ', '');
}

/** `itemNotFound` → `Item Not Found`; the HTTP reason where the API guides give one. */
function title(fault: Fault): string {
  const reasons: Partial<Record<string, string>> = {
    itemNotFound: 'Not Found',
    notAllowed: 'Method Not Allowed',
  };
  return (
    reasons[fault.name] ?? fault.name.replace(/([A-Z])/g, ' $1').replace(/^./, (first) => first.toUpperCase())
  );
}
