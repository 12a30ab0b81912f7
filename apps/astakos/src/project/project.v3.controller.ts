import { Controller, Delete, Get, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { Access, Forbidden, pageQuerySchema } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { z } from 'zod';
import { BASE_URL } from '../base-url.js';
import { collectionLinks } from '../collection-links.js';
import { DEFAULT_DOMAIN } from './domain.js';
import { type Project, ProjectService } from './project.service.js';
import { projectV3View } from './project.v3.view.js';

const querySchema = pageQuerySchema.extend({
  name: z.string().optional(),
  domain_id: z.string().optional(),
  enabled: z.string().optional(),
});
type ProjectQuery = z.infer<typeof querySchema>;

const PAGE_LIMIT = 1_000;
const NO_CHANGES = 'Projects are made by application and approval, not here.';

@Access('token')
@Controller('astakos/identity/v3')
export class ProjectV3Controller {
  readonly #url: string;

  constructor(
    private readonly projects: ProjectService,
    @Inject(BASE_URL) private readonly baseUrl: string,
  ) {
    this.#url = `${baseUrl}/identity/v3`;
  }

  /**
   * All projects for an operator, a member's own otherwise. A filter of a member that finds nothing is refused: clients then take the text they
   * were given for an id, which an empty list keeps them from (clients spec 2.3).
   */
  @Get('projects')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: querySchema }) query: ProjectQuery,
  ): Promise<object> {
    const limit = Math.min(query.limit ?? PAGE_LIMIT, PAGE_LIMIT);
    const all = principal.isAdmin
      ? await this.projects.listAll({ limit: limit + 1, marker: query.marker, name: query.name })
      : await this.projects.listSelectable(principal.userUuid);
    const found = all.filter((project) => matches(project, query));
    if (found.length === 0 && !principal.isAdmin && query.name !== undefined) throw new Forbidden();
    const page = found.slice(0, limit);
    const next = found.length > limit ? (page.at(-1)?.uuid ?? null) : null;
    return { projects: this.#views(page), links: collectionLinks(`${this.#url}/projects`, next) };
  }

  /** What the caller may select; an unscoped token will do. */
  @Get('auth/projects')
  async selectable(@CurrentPrincipal() principal: Principal): Promise<object> {
    const projects = await this.projects.listSelectable(principal.userUuid);
    return { projects: this.#views(projects), links: collectionLinks(`${this.#url}/auth/projects`) };
  }

  @Get('projects/:id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    const isOwn = principal.projectIds.some((projectId) => projectId === id);
    const project = isOwn || principal.isAdmin ? await this.projects.find(id) : null;
    // 403, not 404: clients go on to look for the text as a name (clients spec 2.3).
    if (project === null) throw new Forbidden();
    return { project: projectV3View(this.baseUrl, project) };
  }

  @Get('users/:user/projects')
  async ofUser(@CurrentPrincipal() principal: Principal, @Param('user') user: string): Promise<object> {
    if (principal.userUuid !== user && !principal.isAdmin) throw new Forbidden();
    const projects = await this.projects.listSelectable(user);
    return { projects: this.#views(projects), links: collectionLinks(`${this.#url}/users/${user}/projects`) };
  }

  @Post('projects')
  create(): never {
    throw new Forbidden(NO_CHANGES);
  }

  @Patch('projects/:id')
  update(): never {
    throw new Forbidden(NO_CHANGES);
  }

  @Delete('projects/:id')
  remove(): never {
    throw new Forbidden(NO_CHANGES);
  }

  #views(projects: readonly Project[]): object[] {
    return projects.map((project) => projectV3View(this.baseUrl, project));
  }
}

function matches(project: Project, query: ProjectQuery): boolean {
  if (query.name !== undefined && project.name !== query.name) return false;
  if (query.domain_id !== undefined && query.domain_id !== DEFAULT_DOMAIN.id) return false;
  return query.enabled === undefined || /^(1|true)$/i.test(query.enabled) === project.isActive;
}
