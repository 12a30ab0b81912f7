import { All, Controller, Req, Res } from '@nestjs/common';
import { Access, acceptBody, BadRequest, PreconditionFailed } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Dialect } from '../dialect/dialect.js';
import { parseTarget } from '../dialect/request-path.js';
import { RequestHeaders, type StoreReply, type StoreRequest } from '../dialect/store-request.js';
import { Dispatcher } from './dispatcher.js';
import { targetOf } from './request-target.js';
import { send } from './send-reply.js';

export const PITHOS_MOUNT = '/pithos/object-store/v1';
export const SWIFT_MOUNT = '/v1';

/**
 * The two mounts of the store. Routing is by the raw path: Fastify only finds the mount, the rest is decoded and split
 * here, because names may hold `//`, `..` and `%2F` that routers fold.
 */
@Access('token')
@Controller()
export class StoreController {
  constructor(private readonly dispatcher: Dispatcher) {}

  @All(['pithos/object-store/v1', 'pithos/object-store/v1/*'])
  async pithos(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, await this.handle(request, principal, { mount: PITHOS_MOUNT, dialect: 'pithos' }));
  }

  @All(['v1', 'v1/*'])
  async swift(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, await this.handle(request, principal, { mount: SWIFT_MOUNT, dialect: 'swift' }));
  }

  private async handle(
    request: FastifyRequest,
    principal: Principal,
    { mount, dialect }: { mount: string; dialect: Dialect },
  ): Promise<StoreReply> {
    const { raw } = request;
    const target = parseTarget(targetOf(raw), mount, dialect);
    if (target.account === null) {
      throw dialect === 'swift'
        ? new PreconditionFailed('Bad URL')
        : new BadRequest('Account name is missing');
    }
    const store: StoreRequest = {
      dialect,
      method: request.method,
      principal,
      account: target.account,
      container: target.container ?? '',
      object: target.object ?? '',
      query: target.query,
      headers: new RequestHeaders(raw.headers, dialect),
      openBody: () => {
        acceptBody(raw);
        return raw;
      },
    };
    return this.dispatcher.handle(store);
  }
}
