import { Body, Controller, Delete, Get, Headers, HttpCode, Post, Query, Res } from '@nestjs/common';
import { Access, ItemNotFound } from '@synnefo/api';
import type { FastifyReply } from 'fastify';
import { catalogV3, type ServiceV3 } from '../catalog/catalogs.js';
import { CatalogReader } from '../catalog/catalog.service.js';
import { type AuthV3, authV3Schema, type TokenQuery, tokenQuerySchema } from './auth.v3.schema.js';
import { type Caller, CallerResolver } from './caller.js';
import { IssueV3Token } from './issue-v3-token.js';
import { type TokenRecord, TokenService } from './token.service.js';
import { tokenV3View } from './token.v3.view.js';

// `public` here: a subject token is checked by a user for itself, by an operator, or by a component, so the handlers ask who calls.
@Access('public')
@Controller('astakos/identity/v3/auth/tokens')
export class AuthV3Controller {
  constructor(
    private readonly issueToken: IssueV3Token,
    private readonly tokens: TokenService,
    private readonly callers: CallerResolver,
    private readonly catalog: CatalogReader,
  ) {}

  @Post()
  async issue(
    @Body({ schema: authV3Schema }) body: { auth: AuthV3 },
    @Query({ schema: tokenQuerySchema }) query: TokenQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { token, record } = await this.issueToken.run(body.auth);
    void reply.header('x-subject-token', token);
    return tokenV3View(record, { catalog: await this.#catalogOf(record, query), isForComponent: false });
  }

  @Get()
  async validate(
    @Headers('x-auth-token') callerToken: string | undefined,
    @Headers('x-subject-token') subjectToken: string | undefined,
    @Query({ schema: tokenQuerySchema }) query: TokenQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const caller = await this.callers.get(callerToken);
    const record = await this.#subject(caller, subjectToken, query.allow_expired);
    void reply.header('x-subject-token', subjectToken);
    const catalog = await this.#catalogOf(record, query);
    return tokenV3View(record, { catalog, isForComponent: caller.kind === 'component' });
  }

  @Delete()
  @HttpCode(204)
  async revoke(
    @Headers('x-auth-token') callerToken: string | undefined,
    @Headers('x-subject-token') subjectToken: string | undefined,
  ): Promise<void> {
    const caller = await this.callers.get(callerToken);
    await this.tokens.revoke((await this.#subject(caller, subjectToken, false)).hash);
  }

  /** What the caller may not know of does not exist. */
  async #subject(caller: Caller, token: string | undefined, allowsExpired: boolean): Promise<TokenRecord> {
    const found = token === undefined ? null : await this.tokens.find(token);
    const isUsable = found?.flaw === null || (found?.flaw === 'expired' && allowsExpired);
    if (found === null || !isUsable || !maySee(caller, found.record))
      throw new ItemNotFound('Could not find token.');
    return found.record;
  }

  async #catalogOf(record: TokenRecord, query: TokenQuery): Promise<ServiceV3[] | null> {
    if (query.nocatalog || record.scope === 'unscoped') return null;
    const owner = { projectId: record.project.uuid, userId: record.userUuid };
    return catalogV3(await this.catalog.list(), owner);
  }
}

function maySee(caller: Caller, subject: TokenRecord): boolean {
  return caller.kind === 'component' || caller.record.isAdmin || caller.record.userId === subject.userId;
}
