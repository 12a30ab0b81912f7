/**
 * Microversions of the faces that have them, each at its one version: the headers are checked, and echoed on every answer, faults too. Version documents only
 * echo, so that a client can find out what is offered. Source: clients spec 1.5, compute spec 9.1. Network and image have none.
 */
import { BadRequest, Fault } from '@synnefo/api';
import type { FastifyInstance } from 'fastify';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

interface Face {
  /** Paths below the public base URL, and the version document among them. */
  readonly path: RegExp;
  readonly document: RegExp;
  /** Its names in `OpenStack-API-Version`; the first is echoed. */
  readonly services: readonly string[];
  readonly version: string;
  /** A header of older clients, which holds the bare version. */
  readonly ownHeader?: string;
}

const HEADER = 'openstack-api-version';

const COMPUTE: Face = {
  path: /^\/?compute\/v2\.1(\/|$)/,
  document: /^\/?compute\/v2\.1\/?$/,
  services: ['compute'],
  version: '2.1',
  ownHeader: 'x-openstack-nova-api-version',
};
const BLOCK_STORAGE: Face = {
  path: /^\/?volume\/v3(\/|$)/,
  document: /^\/?volume\/v3\/?$/,
  services: ['volume', 'block-storage'],
  version: '3.0',
};

/** @param prefix path of the public base URL, without slashes at its ends */
export function installMicroversions(fastify: FastifyInstance, prefix: string): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const path = (request.raw.url ?? '').split('?', 1)[0] ?? '';
    const below = path.slice(prefix === '' ? 1 : prefix.length + 2);
    const face = [COMPUTE, BLOCK_STORAGE].find((one) => one.path.test(below));
    if (face === undefined) return done();
    void reply.headers(echoOf(face));
    try {
      if (!face.document.test(below)) assertOffered(face, request.headers);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function echoOf({ services, version, ownHeader }: Face): Record<string, string> {
  const standard = { [HEADER]: `${services[0]} ${version}` };
  if (ownHeader === undefined) return { ...standard, vary: 'OpenStack-API-Version' };
  return {
    ...standard,
    [ownHeader]: version,
    vary: 'OpenStack-API-Version, X-OpenStack-Nova-API-Version',
  };
}

/** @throws BadRequest for a malformed version, a 406 for one that is not offered */
function assertOffered(face: Face, headers: Headers): void {
  const version = requestedVersion(face, headers);
  if (version === undefined || version.toLowerCase() === 'latest' || version === face.version) return;
  if (!/^[1-9]\d*\.(0|[1-9]\d*)$/.test(version))
    throw new BadRequest(`API version '${version}' is malformed.`);
  const { version: only } = face;
  const message = `Version ${version} is not supported by the API. Minimum is ${only} and maximum is ${only}.`;
  throw new Fault('computeFault', 406, message);
}

function requestedVersion({ services, ownHeader }: Face, headers: Headers): string | undefined {
  for (const item of textOf(headers[HEADER]).split(',')) {
    const [service = '', ...version] = item.trim().split(/\s+/);
    if (services.includes(service.toLowerCase())) return version.join(' ');
  }
  const own = ownHeader === undefined ? '' : textOf(headers[ownHeader]).trim();
  return own === '' ? undefined : own;
}

function textOf(header: string | string[] | undefined): string {
  return [header ?? []].flat().join(',');
}
