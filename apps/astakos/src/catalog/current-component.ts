import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { ComponentService } from './component.service.js';

/** The component that calls. */
export interface Component {
  readonly id: number;
  readonly name: string;
}

const components = new WeakMap<object, Component>();

/** For the guard: whether the request is by a registered component; remembers which. */
export function componentCheck(service: ComponentService): (request: FastifyRequest) => Promise<boolean> {
  return async (request) => {
    const token = request.headers['x-auth-token'];
    if (typeof token !== 'string' || token === '') return false;
    const component = await service.findByToken(token);
    if (component === null) return false;
    components.set(request, component);
    return true;
  };
}

/** Handler parameter: which component calls. Only on routes with access `component`. */
export const CurrentComponent = createParamDecorator((_: unknown, context: ExecutionContext): Component => {
  const component = components.get(context.switchToHttp().getRequest<object>());
  if (component === undefined) throw new Error('@CurrentComponent() on a route that is not for components');
  return component;
});
