import { Controller, Delete, Get, Inject, Param, Patch, Post } from '@nestjs/common';
import { Access, Forbidden, ItemNotFound } from '@synnefo/api';
import { BASE_URL } from '../base-url.js';
import { DEFAULT_DOMAIN } from '../project/domain.js';
import { collectionLinks } from '../collection-links.js';
import { ADMIN, MEMBER, READER } from '../token/own-verifier.js';
import { CatalogReader } from './catalog.service.js';
import { catalogV3, REGION, type ServiceV3 } from './catalogs.js';

const NO_CHANGES = 'Services are registered by their components, not here.';

/** Read-only views of what is registered, as Keystone writes it (identity spec 10.5). */
@Access('admin')
@Controller('astakos/identity/v3')
export class CatalogV3Controller {
  readonly #url: string;

  constructor(
    private readonly catalog: CatalogReader,
    @Inject(BASE_URL) baseUrl: string,
  ) {
    this.#url = `${baseUrl}/identity/v3`;
  }

  @Access('token')
  @Get('domains')
  domains(): object {
    return { domains: [this.#domain()], links: collectionLinks(`${this.#url}/domains`) };
  }

  @Access('token')
  @Get('domains/:id')
  domain(@Param('id') id: string): object {
    if (id !== DEFAULT_DOMAIN.id) throw new ItemNotFound(`Could not find domain: ${id}.`);
    return { domain: this.#domain() };
  }

  @Get('services')
  async services(): Promise<object> {
    const services = (await this.#services()).map(({ id, type, name }) => ({
      id,
      type,
      name,
      enabled: true,
      links: { self: `${this.#url}/services/${id}` },
    }));
    return { services, links: collectionLinks(`${this.#url}/services`) };
  }

  @Get('endpoints')
  async endpoints(): Promise<object> {
    const endpoints = (await this.#services()).flatMap((service) =>
      service.endpoints.map(({ id, interface: face, region, region_id: regionId, url }) => ({
        id,
        service_id: service.id,
        interface: face,
        region,
        region_id: regionId,
        url,
        enabled: true,
        links: { self: `${this.#url}/endpoints/${id}` },
      })),
    );
    return { endpoints, links: collectionLinks(`${this.#url}/endpoints`) };
  }

  @Get('regions')
  regions(): object {
    const region = {
      id: REGION,
      description: '',
      parent_region_id: null,
      links: { self: `${this.#url}/regions/${REGION}` },
    };
    return { regions: [region], links: collectionLinks(`${this.#url}/regions`) };
  }

  @Get('roles')
  roles(): object {
    const roles = [MEMBER, READER, ADMIN].map((role) => ({
      ...role,
      domain_id: null,
      description: null,
      options: {},
      links: { self: `${this.#url}/roles/${role.id}` },
    }));
    return { roles, links: collectionLinks(`${this.#url}/roles`) };
  }

  @Post('services')
  create(): never {
    throw new Forbidden(NO_CHANGES);
  }

  @Patch('services/:id')
  update(): never {
    throw new Forbidden(NO_CHANGES);
  }

  @Delete('services/:id')
  remove(): never {
    throw new Forbidden(NO_CHANGES);
  }

  /** With the placeholders of the templates as they are, as Keystone shows them to operators. */
  async #services(): Promise<ServiceV3[]> {
    return catalogV3(await this.catalog.list(), { projectId: '%(project_id)s', userId: '%(user_id)s' });
  }

  #domain(): object {
    return {
      ...DEFAULT_DOMAIN,
      description: 'The one domain of this cloud',
      enabled: true,
      options: {},
      links: { self: `${this.#url}/domains/${DEFAULT_DOMAIN.id}` },
    };
  }
}
