import 'reflect-metadata';
import { type INestApplicationContext, RequestMethod, SetMetadata } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';

/**
 * Who may call a route. `public`: anybody; `token`: a user's valid token; `admin`: a token with the admin role; `component`: a component's token;
 * `internal`: another service with the shared secret. What a caller may then see or do is the policies' matter.
 */
export type AccessLevel = 'public' | 'token' | 'admin' | 'component' | 'internal';

const ACCESS_METADATA = 'synnefo:access';

/** Declares who may call a route, or all routes of a class. A route without it stops the start. */
export const Access = (level: AccessLevel): MethodDecorator & ClassDecorator =>
  SetMetadata(ACCESS_METADATA, level);

type Handler = (...args: unknown[]) => unknown;
// Reflect metadata is keyed by constructors and functions of any shape.
type Target = abstract new (...args: never[]) => object;

/** The declared access of a handler, the method's own before the class's. */
export function accessOf(controller: Target, handler: object): AccessLevel | undefined {
  const own: unknown = Reflect.getMetadata(ACCESS_METADATA, handler);
  const inherited: unknown = Reflect.getMetadata(ACCESS_METADATA, controller);
  return (own ?? inherited) as AccessLevel | undefined; // only Access() writes this key
}

export interface RouteAccess {
  readonly method: string;
  readonly path: string;
  readonly access: AccessLevel | undefined;
  /** `Controller.method`, for messages. */
  readonly handler: string;
}

/** Every route of the application, for the access table. */
export function listRoutes(app: INestApplicationContext): RouteAccess[] {
  const routes: RouteAccess[] = [];
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype === 'function') routes.push(...routesOf(metatype as unknown as Target));
    }
  }
  return routes;
}

/** @throws Error naming the routes that declare no access */
export function assertAccessDeclared(app: INestApplicationContext): void {
  const open = listRoutes(app).filter((route) => route.access === undefined);
  if (open.length === 0) return;
  throw new Error(
    `routes without @Access(): ${open.map((route) => `${route.method} ${route.path} (${route.handler})`).join(', ')}`,
  );
}

function routesOf(controller: Target): RouteAccess[] {
  const prefixes = pathsOf(controller);
  const routes: RouteAccess[] = [];
  for (const name of handlerNames(controller.prototype as object)) {
    const handler = (controller.prototype as Record<string, unknown>)[name] as Handler;
    const method: unknown = Reflect.getMetadata(METHOD_METADATA, handler);
    if (typeof method !== 'number') continue;
    for (const prefix of prefixes) {
      for (const path of pathsOf(handler)) {
        routes.push({
          method: RequestMethod[method] ?? 'ALL',
          path: `/${[prefix, path].map(trimSlashes).filter(Boolean).join('/')}`,
          access: accessOf(controller, handler),
          handler: `${controller.name}.${name}`,
        });
      }
    }
  }
  return routes;
}

function handlerNames(prototype: object): string[] {
  const names = new Set<string>();
  for (
    let level: object | null = prototype;
    level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (name !== 'constructor' && typeof property.value === 'function') names.add(name);
    }
  }
  return [...names];
}

function pathsOf(target: object): string[] {
  const path: unknown = Reflect.getMetadata(PATH_METADATA, target);
  const paths = Array.isArray(path) ? path : [path ?? ''];
  return paths.map(String);
}

function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
