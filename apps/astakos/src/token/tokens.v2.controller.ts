import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Access, BadRequest, ItemNotFound } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { BASE_URL } from '../base-url.js';
import { CatalogReader } from '../catalog/catalog.service.js';
import { catalogV2 } from '../catalog/catalogs.js';
import { ProjectService } from '../project/project.service.js';
import { accessV2View } from './access.v2.view.js';
import { AuthenticateV2 } from './authenticate-v2.js';
import { TokenService } from './token.service.js';
import { authV2Schema } from './tokens.v2.schema.js';
import { versionV2 } from './versions.view.js';

const JSON_TYPE = /^application\/json/i;

@Controller('astakos/identity/v2.0')
export class TokensV2Controller {
  constructor(
    private readonly authenticate: AuthenticateV2,
    private readonly tokens: TokenService,
    private readonly projects: ProjectService,
    private readonly catalog: CatalogReader,
    @Inject(BASE_URL) private readonly baseUrl: string,
  ) {}

  @Access('public')
  @Get()
  version(): object {
    return { version: versionV2(this.baseUrl) };
  }

  /** Without a body nobody is authenticated, and the catalogue is all there is to tell. */
  @Access('public')
  @Post('tokens')
  @HttpCode(200)
  async issue(
    @Body() body: unknown,
    @Headers('content-type') contentType: string | undefined,
  ): Promise<object> {
    const services = await this.catalog.list();
    if (body === undefined || body === null) return { access: { serviceCatalog: catalogV2(services, null) } };
    if (contentType === undefined) throw new BadRequest('No Content-type');
    if (!JSON_TYPE.test(contentType)) throw new BadRequest(`Unsupported Content-type: '${contentType}'`);
    const parsed = authV2Schema.safeParse(body);
    if (!parsed.success) throw new BadRequest(`Malformed request: ${parsed.error.issues[0]?.message ?? ''}`);
    const { token, record } = await this.authenticate.run(parsed.data.auth);
    const owner = { projectId: record.project.uuid, userId: record.userUuid };
    return accessV2View(token, record, catalogV2(services, owner));
  }

  /** Validates OAuth 2.0 access tokens only (identity spec 2.1.2); none are issued yet, and an API token is never one. */
  @Access('public')
  @Get('tokens/:id')
  validate(): never {
    throw new ItemNotFound('Token not found');
  }

  @Access('admin')
  @Get('tokens/:id/endpoints')
  async endpoints(@Param('id') token: string): Promise<object> {
    const record = await this.tokens.findValid(token);
    if (record === null) throw new ItemNotFound('Token not found');
    const owner = { projectId: record.project.uuid, userId: record.userUuid };
    const services = await this.catalog.list();
    const endpoints = services.flatMap((service) =>
      service.endpoints.flatMap((endpoint) =>
        catalogV2([{ ...service, endpoints: [endpoint] }], owner).flatMap((view) => {
          const { endpoints: shown = [] } = view as { endpoints?: object[] }; // a catalogue entry always has them
          return shown.map((data) => ({
            id: String(endpoint.id),
            name: service.name,
            type: service.type,
            ...data,
          }));
        }),
      ),
    );
    return { endpoints, endpoint_links: [] };
  }

  @Access('token')
  @Get('tenants')
  async tenants(@CurrentPrincipal() principal: Principal): Promise<object> {
    const projects = await this.projects.listSelectable(principal.userUuid);
    const tenants = projects.map(({ uuid, name, description, isActive }) => ({
      id: uuid,
      name,
      description,
      enabled: isActive,
    }));
    return { tenants, tenants_links: [] };
  }
}
