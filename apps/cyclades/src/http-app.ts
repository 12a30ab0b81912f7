import { BadRequest, createHttpApp, type Fault, type FaultFormat, type HttpApp } from '@synnefo/api';
import { remoteVerifier } from '@synnefo/auth';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppModule } from './app.module.js';
import type { CycladesConfig } from './config.js';
import type { CoreParts } from './core/core.module.js';
import { installMicroversions } from './core/microversion.js';

const SYNNEFO_FACE = /^(compute\/v2\.0|network|volume\/v2(\.0)?|image\/v1(\.0)?)(\/|$)/;

/** Builds the HTTP side; every route lies below the path of the public base URL, but the health check. */
export async function buildHttpApp(parts: CoreParts): Promise<HttpApp> {
  const verifier = remoteVerifier(parts.astakos, { bus: parts.queues.bus });
  const prefix = pathPrefix(parts.config);
  const app = await createHttpApp(AppModule.forRoot(parts, verifier), {
    logger: parts.logger,
    faultFormat: (path) => faultFormat(path, prefix),
    unknownPath: (path) => unknownPath(path, prefix),
    isRawBody: (method, path) => method === 'PUT' && /\/image\/v2\/images\/[^/]+\/file\/?$/.test(path),
  });
  const fastify: FastifyInstance = app.nest.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', refuseNul);
  installMicroversions(fastify, prefix);
  if (prefix !== '') app.nest.setGlobalPrefix(prefix, { exclude: ['healthcheck'] });
  return app;
}

/** No text here may hold NUL, and PostgreSQL writes an error into its log for each. */
function refuseNul(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  done(
    (request.raw.url ?? '').includes('%00') ? new BadRequest('The URL holds a NUL character.') : undefined,
  );
}

/** The path of the public base URL, without slashes at its ends. */
export function pathPrefix({ CYCLADES_BASE_URL }: Pick<CycladesConfig, 'CYCLADES_BASE_URL'>): string {
  return new URL(CYCLADES_BASE_URL).pathname.replace(/^\/+|\/+$/g, '');
}

/** Compat: 400, not 404, on the Synnefo faces (compute spec 1.0.3). */
function unknownPath(path: string, prefix: string): Fault | undefined {
  const below = path.slice(prefix === '' ? 1 : prefix.length + 2);
  return SYNNEFO_FACE.test(below) ? new BadRequest('API endpoint not found.') : undefined;
}

/** Each face writes faults in its own form (compute spec 9.1). */
export function faultFormat(path: string, prefix: string): FaultFormat {
  const below = path.slice(prefix === '' ? 1 : prefix.length + 2);
  if (below.startsWith('networking')) return 'neutron';
  if (/^image\/v2(\/|$)/.test(below)) return 'glance';
  return 'openstack';
}
