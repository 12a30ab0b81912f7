import { Injectable } from '@nestjs/common';
import { BadRequest, Unauthorized } from '@synnefo/api';
import { ProjectService } from '../project/project.service.js';
import { LogIn } from './log-in.js';
import { FLAW_TEXTS } from './own-verifier.js';
import { type TokenRecord, TokenService } from './token.service.js';
import { TokenLifetimes } from './token-lifetimes.js';
import type { AuthV2 } from './tokens.v2.schema.js';

interface Authenticated {
  readonly token: string;
  readonly record: TokenRecord;
}

/**
 * `POST /v2.0/tokens` (identity spec 2.1.1): an API token is echoed, by itself or as the password of its owner's uuid or e-mail; an e-mail with the
 * login password gets a new API token. A tenant other than the token's own gets a new token for that project, so that what is charged is what the
 * answer says.
 */
@Injectable()
export class AuthenticateV2 {
  constructor(
    private readonly tokens: TokenService,
    private readonly logIn: LogIn,
    private readonly projects: ProjectService,
    private readonly lifetimes: TokenLifetimes,
  ) {}

  /** @throws Unauthorized, BadRequest */
  async run(auth: AuthV2): Promise<Authenticated> {
    const authenticated =
      auth.token !== undefined ? await this.#byToken(auth.token.id) : await this.#byCredentials(auth);
    return this.#forTenant(authenticated, auth);
  }

  async #byCredentials({ passwordCredentials }: AuthV2): Promise<Authenticated> {
    const { username = '', password = '' } = passwordCredentials ?? {};
    const isEmail = username.includes('@');
    if (password === '') throw new Unauthorized('Invalid token');
    const found = await this.tokens.find(password);
    if (found === null) return isEmail ? this.#byLogin(username, password) : this.#byToken(password);
    const authenticated = await this.#byToken(password);
    const { userUuid, userName } = found.record;
    if (username.toLowerCase() !== (isEmail ? userName : userUuid))
      throw new Unauthorized('Invalid credentials');
    return authenticated;
  }

  async #byToken(token: string): Promise<Authenticated> {
    const found = await this.tokens.find(token);
    if (found === null) throw new Unauthorized('Invalid token');
    if (found.flaw !== null) throw new Unauthorized(FLAW_TEXTS[found.flaw]);
    return { token, record: found.record };
  }

  async #byLogin(email: string, password: string): Promise<Authenticated> {
    const user = await this.logIn.run({ email }, password);
    if (user === null) throw new Unauthorized('Invalid credentials');
    const lifetimeMs = this.lifetimes.apiMs;
    return this.tokens.issue({
      userId: user.id,
      scope: 'default',
      projectUuid: null,
      methods: ['password'],
      lifetimeMs,
    });
  }

  async #forTenant(authenticated: Authenticated, auth: AuthV2): Promise<Authenticated> {
    const { record } = authenticated;
    const projectUuid = await this.#tenantOf(record, auth);
    if (projectUuid === null || projectUuid === record.project.uuid) return authenticated;
    const methods = [...new Set(['token', ...record.methods])];
    const lifetimeMs = this.lifetimes.apiMs;
    return this.tokens.issue({
      userId: record.userId,
      scope: 'project',
      projectUuid,
      methods,
      lifetimeMs,
      parent: record,
    });
  }

  /** `tenantName` must fit; a `tenantId` that does not fit is ignored, as it always was. */
  async #tenantOf(record: TokenRecord, { tenantName, tenantId }: AuthV2): Promise<string | null> {
    if (tenantName === undefined && tenantId === undefined) return null;
    if (tenantName === record.userUuid && record.scope === 'default') return null;
    const selectable = await this.projects.listSelectable(record.userUuid);
    const project = selectable.find(({ uuid, name }) =>
      tenantName !== undefined ? uuid === tenantName || name === tenantName : uuid === tenantId,
    );
    if (project === undefined && tenantName !== undefined) throw new BadRequest('Not conforming tenantName');
    return project?.uuid ?? null;
  }
}
