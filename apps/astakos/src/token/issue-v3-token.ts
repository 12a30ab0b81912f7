import { Injectable } from '@nestjs/common';
import { Unauthorized } from '@synnefo/api';
import { ProjectService } from '../project/project.service.js';
import { isDefaultDomain } from '../project/domain.js';
import { LogIn } from './log-in.js';
import type { AuthV3, PasswordUser, ScopeV3 } from './auth.v3.schema.js';
import type { TokenScope } from './token.entity.js';
import { type TokenRecord, TokenService } from './token.service.js';
import { TokenLifetimes } from './token-lifetimes.js';

interface Identified {
  readonly userId: number;
  readonly userUuid: string;
  readonly isAdmin: boolean;
  readonly methods: readonly string[];
  readonly parent?: TokenRecord;
}

interface Target {
  readonly scope: TokenScope;
  readonly projectUuid: string | null;
}

const UNSCOPED: Target = { scope: 'unscoped', projectUuid: null };
const REFUSED = 'The request you have made requires authentication.';

/** `POST /v3/auth/tokens`: who are you, and for which project? Whatever is wrong with either is one 401 (identity spec 10.3). */
@Injectable()
export class IssueV3Token {
  constructor(
    private readonly logIn: LogIn,
    private readonly tokens: TokenService,
    private readonly projects: ProjectService,
    private readonly lifetimes: TokenLifetimes,
  ) {}

  /** @throws Unauthorized */
  async run(auth: AuthV3): Promise<{ token: string; record: TokenRecord }> {
    const who = await this.#identify(auth.identity);
    const target = await this.#target(who, auth.scope ?? null);
    return this.tokens.issue({ ...who, ...target, lifetimeMs: this.lifetimes.v3Ms });
  }

  async #identify(identity: AuthV3['identity']): Promise<Identified> {
    const [method, ...more] = new Set(identity.methods);
    if (more.length === 0 && method === 'password' && identity.password !== undefined) {
      return this.#byPassword(identity.password.user);
    }
    if (more.length === 0 && method === 'token' && identity.token !== undefined) {
      return this.#byToken(identity.token.id);
    }
    throw new Unauthorized(REFUSED);
  }

  async #byPassword(user: PasswordUser): Promise<Identified> {
    const isDomainKnown = user.id !== undefined || isDefaultDomain(user.domain);
    const name = user.id !== undefined ? { uuid: user.id } : { email: user.name ?? '' };
    const found = await this.logIn.run(name, user.password);
    if (found === null || !isDomainKnown) throw new Unauthorized(REFUSED);
    return { userId: found.id, userUuid: found.uuid, isAdmin: found.isAdmin, methods: ['password'] };
  }

  async #byToken(token: string): Promise<Identified> {
    const parent = await this.tokens.findValid(token);
    if (parent === null) throw new Unauthorized(REFUSED);
    const methods = [...new Set(['token', ...parent.methods])];
    return { userId: parent.userId, userUuid: parent.userUuid, isAdmin: parent.isAdmin, methods, parent };
  }

  async #target(who: Identified, scope: ScopeV3 | null): Promise<Target> {
    if (scope === 'unscoped') return UNSCOPED;
    if (scope === null) return this.#defaultTarget(who);
    if (scope.project !== undefined) return this.#projectTarget(who, scope.project);
    if (!who.isAdmin) throw new Unauthorized(REFUSED);
    if (scope.domain === undefined) return { scope: 'system', projectUuid: null };
    if (!isDefaultDomain(scope.domain)) throw new Unauthorized(REFUSED);
    return { scope: 'domain', projectUuid: null };
  }

  async #defaultTarget(who: Identified): Promise<Target> {
    const projectUuid = await this.projects.findDefault(who.userUuid);
    return projectUuid === null ? UNSCOPED : { scope: 'project', projectUuid };
  }

  async #projectTarget(
    who: Identified,
    wanted: Extract<NonNullable<Exclude<ScopeV3, 'unscoped'>['project']>, object>,
  ): Promise<Target> {
    const selectable = await this.projects.listSelectable(who.userUuid);
    const project = selectable.find(({ uuid, name }) =>
      wanted.id !== undefined ? uuid === wanted.id : name === wanted.name && isDefaultDomain(wanted.domain),
    );
    if (project === undefined) throw new Unauthorized(REFUSED);
    return { scope: 'project', projectUuid: project.uuid };
  }
}
