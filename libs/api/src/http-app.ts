/**
 * The HTTP shell of the apps: Nest on Fastify with the rules that every face shares. What it guarantees:
 * every route has declared who may call it, or the start fails; a body is read only within a limit, or not at all (`isRawBody`: a stream for the
 * handler, which calls `acceptBody` first); every reply carries a request id; every error leaves as a fault in the form of the face that was asked;
 * JSON replies keep integers beyond 2^53.
 */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type DynamicModule, StandardSchemaValidationPipe, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger, withContext } from '@synnefo/runtime';
import { MIB, toJson } from '@synnefo/units';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assertAccessDeclared } from './access.js';
import { acceptBody, deferContinue } from './continue.js';
import { answerClientError } from './faults/client-error.js';
import type { Fault } from './faults/fault.js';
import type { FaultFormat } from './faults/fault-format.js';
import { FaultFilter } from './faults/fault.filter.js';
import { BadRequest, RequestEntityTooLarge } from './faults/openstack-faults.js';
import { RoutePatterns } from './route-patterns.js';

export interface HttpAppOptions {
  readonly logger: Logger;
  /** The form of a fault, by the path that was asked. */
  readonly faultFormat: (path: string) => FaultFormat;
  /** The fault of a path that has no route, where a face wants another than `itemNotFound`. */
  readonly unknownPath?: (path: string) => Fault | undefined;
  /** Requests whose body stays an unread stream; by default none. */
  readonly isRawBody?: (method: string, path: string) => boolean;
  /** Largest body that is read into memory; 1 MiB by default. */
  readonly bodyLimitBytes?: number;
}

export interface HttpApp {
  readonly nest: NestFastifyApplication;
  /** @param port 0 for any free one */
  listen(port: number, host?: string): Promise<{ url: string }>;
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 65_000;
const MAX_PARAM_LENGTH = 4_096;

export async function createHttpApp(module: Type | DynamicModule, options: HttpAppOptions): Promise<HttpApp> {
  const patterns = new RoutePatterns();
  const filter = new FaultFilter({
    logger: options.logger,
    format: options.faultFormat,
    allowedMethods: (path) => patterns.methodsOf(path),
    unknownPath: options.unknownPath,
  });
  const adapter = new FastifyAdapter({
    logger: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0, // bodies of objects may take hours; headers are limited by Node's headersTimeout
    clientErrorHandler: (error, socket) => answerClientError(error, socket, options.faultFormat('/')),
    genReqId: () => `req-${randomUUID()}`,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      filter.send(error, request, reply),
  });
  const fastify: FastifyInstance = adapter.getInstance();
  fastify.addHook('onRoute', ({ method, url }) => patterns.add(method, url));
  const nest = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  assertAccessDeclared(nest);
  installHooks(fastify, options);
  nest.useGlobalFilters(filter);
  nest.useGlobalPipes(
    new StandardSchemaValidationPipe({
      exceptionFactory: (issues) => new BadRequest(issues.map(describeIssue).slice(0, 5).join('; ')),
    }),
  );
  deferContinue(nest.getHttpServer());
  return {
    nest,
    listen: async (port, host = '127.0.0.1') => {
      await nest.listen(port, host);
      return { url: await nest.getUrl() };
    },
    close: async () => {
      nest.getHttpServer().closeIdleConnections();
      await nest.close();
    },
  };
}

function installHooks(fastify: FastifyInstance, options: HttpAppOptions): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) =>
    readBody(request, payload, options),
  );
  fastify.setReplySerializer((payload) => toJson(payload));
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-openstack-request-id', request.id);
    withContext({ requestId: request.id }, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const fields = {
      method: request.method,
      route: request.routeOptions.url ?? '-',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    withContext({ requestId: request.id }, () => options.logger.debug(fields, 'request done')); // the route, not the path: paths hold names and tokens
    done();
  });
}

async function readBody(
  request: FastifyRequest,
  payload: IncomingMessage,
  options: HttpAppOptions,
): Promise<unknown> {
  const path = (request.raw.url ?? '/').split('?', 1)[0] ?? '/';
  if (options.isRawBody?.(request.method, path) === true) return undefined;
  const limit = options.bodyLimitBytes ?? MIB;
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new RequestEntityTooLarge();
  acceptBody(request.raw);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of payload) {
    const part = chunk as Buffer; // no encoding is set on the stream
    length += part.length;
    if (length > limit) throw new RequestEntityTooLarge();
    chunks.push(part);
  }
  return decodeBody(Buffer.concat(chunks), request.headers['content-type'] ?? '');
}

/** JSON when the type says so or is absent, as many old clients leave it out; other types stay bytes. */
function decodeBody(body: Buffer, contentType: string): unknown {
  if (body.length === 0) return undefined;
  if (contentType !== '' && !/json|^text\/plain/i.test(contentType)) return body;
  const text = body.toString('utf8');
  try {
    return JSON.parse(text, SUSPECT_ESCAPE.test(text) ? refuseUnstorable : undefined) as unknown;
  } catch (error) {
    if (error instanceof BadRequest) throw error;
    throw new BadRequest('The body is no valid JSON.', { cause: error });
  }
}

/** NUL, or half of a surrogate pair: the only ways to write either are escapes, for half a pair has no UTF-8. */
const SUSPECT_ESCAPE = /\\u(?:0000|d[89a-f])/i;

/** PostgreSQL keeps neither NUL nor half a surrogate pair in text; refused here it never travels to another service. */
function refuseUnstorable(key: string, value: unknown): unknown {
  for (const text of [key, value]) {
    if (typeof text !== 'string') continue;
    if (text.includes('\0')) throw new BadRequest('The body holds text with a NUL character.');
    if (/\p{Surrogate}/u.test(text)) throw new BadRequest('The body holds text with half a surrogate pair.');
  }
  return value;
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[];
}

function describeIssue(issue: Issue): string {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}
