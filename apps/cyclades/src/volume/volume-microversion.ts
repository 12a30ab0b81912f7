import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { BadRequest, Fault } from '@synnefo/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';

const ONLY_VERSION = '3.0';
const SERVICES = ['volume', 'block-storage'];

/** Block storage at its one microversion, 3.0: the header is checked and echoed (clients spec 1.5). */
@Injectable()
export class VolumeMicroversion implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    void reply
      .header('openstack-api-version', `volume ${ONLY_VERSION}`)
      .header('vary', 'OpenStack-API-Version');
    assertOffered(http.getRequest<FastifyRequest>().headers['openstack-api-version']);
    return next.handle();
  }
}

/** @throws BadRequest for a malformed version, a 406 for one that is not offered */
export function assertOffered(header: string | string[] | undefined): void {
  for (const item of [header ?? []].flat().join(',').split(',')) {
    const [service = '', version = ''] = item.trim().split(/\s+/);
    if (!SERVICES.includes(service.toLowerCase()) || version === 'latest') continue;
    if (!/^\d+\.\d+$/.test(version)) throw new BadRequest(`API version '${version}' is malformed.`);
    if (version === ONLY_VERSION) continue;
    const message = `Version ${version} is not supported by the API. Minimum is ${ONLY_VERSION} and maximum is ${ONLY_VERSION}.`;
    throw new Fault('computeFault', 406, message);
  }
}
