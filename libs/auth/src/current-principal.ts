import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from './principal.js';

const principals = new WeakMap<object, Principal>();

/** Called by the guard only. */
export function setPrincipal(request: object, principal: Principal): void {
  principals.set(request, principal);
}

/** The principal of a request that passed the guard of a `token` or `admin` route; undefined on others. */
export function principalOf(request: object): Principal | undefined {
  return principals.get(request);
}

/** Handler parameter: who is asking. Only on routes with access `token` or `admin`. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const principal = principalOf(context.switchToHttp().getRequest<object>());
  if (principal === undefined) throw new Error('@CurrentPrincipal() on a route that needs no token');
  return principal;
});
