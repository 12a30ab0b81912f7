import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { accessOf, Forbidden, Unauthorized } from '@synnefo/api';
import type { FastifyRequest } from 'fastify';
import { setPrincipal } from './current-principal.js';
import type { TokenVerifier } from './principal.js';

export interface AuthOptions {
  readonly verifier: TokenVerifier;
  /** Whether the request is by a registered component. Apps without `component` routes leave it out. */
  readonly isComponent?: (request: FastifyRequest) => Promise<boolean>;
  /** Whether the request carries the secret of internal calls. Apps without `internal` routes leave it out. */
  readonly isInternal?: (request: FastifyRequest) => Promise<boolean>;
  /** Where to log in; told to clients by WWW-Authenticate. */
  readonly loginUrl?: string;
}

/** A token of ours is shorter; longer ones are refused before anything is computed. */
const TOKEN_LIMIT = 4_096;

export class AccessGuard implements CanActivate {
  constructor(private readonly options: AuthOptions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    switch (accessOf(context.getClass<object>(), context.getHandler())) {
      case 'public':
        return true;
      case 'token':
        return this.#authenticate(request, false);
      case 'admin':
        return this.#authenticate(request, true);
      case 'component':
        return this.#require(this.options.isComponent, request);
      case 'internal':
        return this.#require(this.options.isInternal, request);
      case undefined:
        return false;
    }
  }

  async #authenticate(request: FastifyRequest, needsAdmin: boolean): Promise<boolean> {
    const token = request.headers['x-auth-token'];
    if (typeof token !== 'string' || token === '' || token.length > TOKEN_LIMIT) throw this.#unauthorized();
    const principal = await this.options.verifier.verify(token);
    if (principal === null) throw this.#unauthorized();
    if (needsAdmin && !principal.isAdmin) throw new Forbidden();
    setPrincipal(request, principal);
    return true;
  }

  async #require(
    check: ((request: FastifyRequest) => Promise<boolean>) | undefined,
    request: FastifyRequest,
  ): Promise<boolean> {
    if (check === undefined || !(await check(request))) throw this.#unauthorized();
    return true;
  }

  #unauthorized(): Unauthorized {
    const { loginUrl } = this.options;
    return new Unauthorized(undefined, {
      headers: loginUrl === undefined ? {} : { 'WWW-Authenticate': `Keystone uri="${loginUrl}"` },
    });
  }
}
