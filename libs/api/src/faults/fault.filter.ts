import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Logger } from '@synnefo/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from './fault.js';
import { type FaultFormat, renderFault } from './fault-format.js';
import { isNeighbourAway, isStoreFull, isUnstorableText } from './failure-kind.js';
import {
  BadMediaType,
  BadRequest,
  InsufficientStorage,
  InternalServerError,
  ItemNotFound,
  NotAllowed,
  RequestEntityTooLarge,
  ServiceUnavailable,
} from './openstack-faults.js';

const CAUSES_LIMIT = 5;

export interface FaultFilterOptions {
  readonly logger: Logger;
  readonly format: (path: string) => FaultFormat;
  /** Verbs that the path has routes for. */
  readonly allowedMethods: (path: string) => string[];
  /** The fault of a path without routes, when it is not `itemNotFound`. */
  readonly unknownPath?: ((path: string) => Fault | undefined) | undefined;
}

/** Turns whatever a request threw into a fault and writes it. It alone knows that faults travel over HTTP. */
@Catch()
export class FaultFilter implements ExceptionFilter {
  constructor(private readonly options: FaultFilterOptions) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also the way out for errors that Fastify meets before a route is known. */
  send(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const path = pathOf(request.raw.url);
    const fault = this.#faultOf(error, request, path);
    if (fault.code >= 500) this.#log(error, fault, request);
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const { contentType, body } = renderFault(fault, this.options.format(path));
    void reply.code(fault.code).headers(fault.headers).header('content-type', contentType);
    if (!request.raw.complete) void reply.header('connection', 'close'); // the body was not read: it must not be taken for the next request
    void reply.send(request.method === 'HEAD' ? undefined : body);
  }

  /** What was refused on purpose needs no stack; nobody has to look at what is not offered, or at a client that went away. */
  #log(error: unknown, fault: Fault, request: FastifyRequest): void {
    const { logger } = this.options;
    const route = request.routeOptions.url ?? '-';
    const reason = reasonOf(error);
    if (request.raw.destroyed && !request.raw.complete)
      logger.info({ route, reason }, 'the client went away');
    else if (fault.code === 501) logger.debug({ route, reason }, 'not offered');
    else if (fault.code === 503) logger.warn({ route, reason }, 'refused for now');
    else logger.error({ err: error, route }, 'request failed');
  }

  #faultOf(error: unknown, request: FastifyRequest, path: string): Fault {
    if (error instanceof Fault) return error;
    if (request.is404) {
      if (!decodes(path)) return new BadRequest('The path is no valid URL.');
      const methods = this.options.allowedMethods(path);
      if (methods.length > 0) return new NotAllowed(undefined, { headers: { Allow: methods.join(', ') } });
      return this.options.unknownPath?.(path) ?? new ItemNotFound('No such path.');
    }
    if (isNeighbourAway(error)) return new ServiceUnavailable(undefined, { headers: { 'Retry-After': '2' } });
    if (isStoreFull(error)) return new InsufficientStorage();
    if (isUnstorableText(error)) return new BadRequest('Text with a NUL character cannot be stored.');
    return (
      faultOfStatus(statusOf(error), error instanceof Error ? error.message : '') ?? this.#unknown(request)
    );
  }

  #unknown(request: FastifyRequest): Fault {
    return new InternalServerError(`Internal server error. Tell the operator this request id: ${request.id}`);
  }
}

/** The fault for what Nest and Fastify refuse by themselves; null for everything else. */
function faultOfStatus(status: number | undefined, message: string): Fault | null {
  if (status === 413) return new RequestEntityTooLarge();
  if (status === 415) return new BadMediaType();
  if (status === 404) return new ItemNotFound();
  if (status !== undefined && status >= 400 && status < 500) return new BadRequest(message || undefined);
  return null;
}

/** The texts of an error and of what caused it. */
function reasonOf(error: unknown): string {
  const texts: string[] = [];
  for (let at: unknown = error; at instanceof Error && texts.length < CAUSES_LIMIT; at = at.cause)
    texts.push(at.message);
  return texts.length === 0 ? String(error) : texts.join(': ');
}

function decodes(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

function pathOf(url: string | undefined): string {
  return (url ?? '/').split('?', 1)[0] ?? '/';
}
