import { Controller, Get, Headers, Inject } from '@nestjs/common';
import { Access, Forbidden, Unauthorized } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { BASE_URL } from '../base-url.js';
import { collectionLinks } from '../collection-links.js';
import { CatalogReader } from '../catalog/catalog.service.js';
import { catalogV3 } from '../catalog/catalogs.js';
import { DEFAULT_DOMAIN } from '../project/domain.js';
import { TokenService } from './token.service.js';

/** What the caller's own token may do (identity spec 10.4). */
@Access('token')
@Controller('astakos/identity/v3/auth')
export class AuthInfoV3Controller {
  readonly #url: string;

  constructor(
    private readonly tokens: TokenService,
    private readonly catalogReader: CatalogReader,
    @Inject(BASE_URL) baseUrl: string,
  ) {
    this.#url = `${baseUrl}/identity/v3/auth`;
  }

  @Get('catalog')
  async catalog(@Headers('x-auth-token') token: string): Promise<object> {
    const record = await this.tokens.findValid(token);
    if (record === null) throw new Unauthorized();
    if (record.scope === 'unscoped') throw new Forbidden('An unscoped token has no catalogue.');
    const owner = { projectId: record.project.uuid, userId: record.userUuid };
    const catalog = catalogV3(await this.catalogReader.list(), owner);
    return { catalog, links: collectionLinks(`${this.#url}/catalog`) };
  }

  @Get('domains')
  domains(@CurrentPrincipal() principal: Principal): object {
    const domains = principal.isAdmin ? [{ ...DEFAULT_DOMAIN, enabled: true, description: '' }] : [];
    return { domains, links: collectionLinks(`${this.#url}/domains`) };
  }

  @Get('system')
  system(@CurrentPrincipal() principal: Principal): object {
    return {
      system: principal.isAdmin ? [{ all: true }] : [],
      links: collectionLinks(`${this.#url}/system`),
    };
  }
}
