import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from '@synnefo/auth';
import { DataSource } from '@synnefo/database';
import { BASE_URL } from './base-url.js';
import { CatalogReader } from './catalog/catalog.service.js';
import { CatalogV3Controller } from './catalog/catalog.v3.controller.js';
import { ComponentService } from './catalog/component.service.js';
import { componentCheck } from './catalog/current-component.js';
import { RegisterServices } from './catalog/register-services.js';
import { ServicesController } from './catalog/services.controller.js';
import { CommissionController } from './commission/commission.controller.js';
import { CommissionService } from './commission/commission.service.js';
import { IssueCommission } from './commission/issue-commission.js';
import { ResolveCommissions } from './commission/resolve-commissions.js';
import { HealthController } from './health.controller.js';
import { ProjectService } from './project/project.service.js';
import { ProjectV3Controller } from './project/project.v3.controller.js';
import { QuotaController } from './quota/quota.controller.js';
import { QuotaService } from './quota/quota.service.js';
import { ResourceController } from './resource/resource.controller.js';
import { ResourceService } from './resource/resource.service.js';
import { AuthInfoV3Controller } from './token/auth-info.v3.controller.js';
import { AuthV3Controller } from './token/auth.v3.controller.js';
import { AuthenticateV2 } from './token/authenticate-v2.js';
import { CallerResolver } from './token/caller.js';
import { DiscoveryController } from './token/discovery.controller.js';
import { IssueV3Token } from './token/issue-v3-token.js';
import { LogIn } from './token/log-in.js';
import { ownVerifier } from './token/own-verifier.js';
import { RevocationNotice } from './token/revocation-notice.js';
import { TokenLifetimes } from './token/token-lifetimes.js';
import { TokenService } from './token/token.service.js';
import { TokensV2Controller } from './token/tokens.v2.controller.js';
import { UserCatalogController } from './user/user-catalog.controller.js';
import { UserService } from './user/user.service.js';
import { UserV3Controller } from './user/user.v3.controller.js';

export interface AstakosParts {
  readonly dataSource: DataSource;
  readonly baseUrl: string;
  readonly notice: RevocationNotice;
  readonly lifetimes: TokenLifetimes;
}

@Module({
  controllers: [
    HealthController,
    DiscoveryController,
    TokensV2Controller,
    AuthV3Controller,
    AuthInfoV3Controller,
    ProjectV3Controller,
    UserV3Controller,
    CatalogV3Controller,
    UserCatalogController,
    ResourceController,
    QuotaController,
    CommissionController,
    ServicesController,
  ],
})
export class AstakosModule {
  static forRoot({ dataSource, baseUrl, notice, lifetimes }: AstakosParts): DynamicModule {
    const tokens = new TokenService(dataSource, notice);
    const components = new ComponentService(dataSource);
    const auth = AuthModule.forRoot({
      verifier: ownVerifier(tokens),
      isComponent: componentCheck(components),
      loginUrl: `${baseUrl}/identity/v3`,
    });
    return {
      module: AstakosModule,
      imports: [auth],
      providers: [
        { provide: DataSource, useValue: dataSource },
        { provide: BASE_URL, useValue: baseUrl },
        { provide: TokenLifetimes, useValue: lifetimes },
        { provide: RevocationNotice, useValue: notice },
        { provide: TokenService, useValue: tokens },
        { provide: ComponentService, useValue: components },
        AuthenticateV2,
        CallerResolver,
        CatalogReader,
        CommissionService,
        IssueCommission,
        IssueV3Token,
        LogIn,
        ProjectService,
        QuotaService,
        RegisterServices,
        ResolveCommissions,
        ResourceService,
        UserService,
      ],
    };
  }
}
