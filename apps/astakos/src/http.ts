import { BadRequest, createHttpApp, type Fault, type FaultFormat, type HttpApp } from '@synnefo/api';
import type { Logger } from '@synnefo/runtime';
import type { FastifyInstance } from 'fastify';
import { AstakosModule, type AstakosParts } from './app.module.js';

const V3 = /^\/astakos\/identity(\/v3(\/|$)|\/?$)/;
const SYNNEFO = /^\/astakos\/(account|identity)(\/|$)/;

/** The HTTP application of Astakos, not yet listening. */
export async function createAstakosHttp(parts: AstakosParts, logger: Logger): Promise<HttpApp> {
  const app = await createHttpApp(AstakosModule.forRoot(parts), { logger, faultFormat, unknownPath });
  const fastify: FastifyInstance = app.nest.getHttpAdapter().getInstance();
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    // Answers depend on the token and hold tokens and quotas: no cache may keep them (identity spec 2.0).
    void reply.header('vary', 'X-Auth-Token');
    void reply.header('cache-control', 'no-cache, no-store, must-revalidate, max-age=0');
    if (reply.statusCode === 401 && V3.test(request.url.split('?', 1)[0] ?? '')) {
      void reply.header('www-authenticate', `Keystone uri="${parts.baseUrl}/identity/v3"`);
    }
    done();
  });
  return app;
}

function faultFormat(path: string): FaultFormat {
  return V3.test(path) ? 'keystone' : 'openstack';
}

/** Compat: 400, not 404, outside Keystone's face (identity spec 1.1). */
function unknownPath(path: string): Fault | undefined {
  return SYNNEFO.test(path) && !V3.test(path) ? new BadRequest('API endpoint not found') : undefined;
}
