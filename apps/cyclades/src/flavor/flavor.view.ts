import type { Flavor } from './flavor.service.js';

/** `self` and `bookmark` of the Synnefo face have one address (compute spec 1.0.5). */
export function flavorSummary(flavor: Flavor, baseUrl: string): object {
  const href = `${baseUrl}/compute/v2.0/flavors/${flavor.id}`;
  const links = [
    { rel: 'self', href },
    { rel: 'bookmark', href },
  ];
  return { id: flavor.id, name: flavor.name, links };
}

export function flavorDetail(flavor: Flavor, baseUrl: string): object {
  return {
    ...flavorSummary(flavor, baseUrl),
    ram: flavor.ramMib,
    disk: flavor.diskGib,
    vcpus: flavor.cpu,
    'os-flavor-access:is_public': flavor.isPublic,
    'SNF:disk_template': flavor.diskTemplate,
    'SNF:volume_type': flavor.volumeTypeId,
    'SNF:allow_create': flavor.allowsCreate,
    'SNF:flavor-access': flavor.projects,
  };
}

export function flavorV21Summary(flavor: Flavor, baseUrl: string): object {
  const links = [
    { rel: 'self', href: `${baseUrl}/compute/v2.1/flavors/${flavor.id}` },
    { rel: 'bookmark', href: `${baseUrl}/compute/flavors/${flavor.id}` },
  ];
  return { id: String(flavor.id), name: flavor.name, links };
}

/** Exactly the keys of 2.1: more are an error to strict clients (clients spec 4.2). */
export function flavorV21Detail(flavor: Flavor, baseUrl: string): object {
  return {
    ...flavorV21Summary(flavor, baseUrl),
    ram: flavor.ramMib,
    disk: flavor.diskGib,
    vcpus: flavor.cpu,
    swap: '',
    'OS-FLV-EXT-DATA:ephemeral': 0,
    'OS-FLV-DISABLED:disabled': !flavor.allowsCreate,
    'os-flavor-access:is_public': flavor.isPublic,
    rxtx_factor: 1,
  };
}
