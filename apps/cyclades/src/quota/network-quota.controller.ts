import { Controller, Get, Param } from '@nestjs/common';
import { Access } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { QuotaService } from './quota.service.js';
import { networkQuotaView } from './quota.view.js';

/** Quotas of the OpenStack network face. Clients put `.json` behind some of the paths. Source: clients spec 4.11. */
@Access('token')
@Controller('networking/v2.0/quotas')
export class NetworkQuotaController {
  constructor(private readonly quotas: QuotaService) {}

  @Get([':project', ':project/default', ':project/default.json'])
  show(@CurrentPrincipal() principal: Principal, @Param('project') project: string): Promise<object> {
    return this.view(principal, project, false);
  }

  @Get([':project/details', ':project/details.json'])
  details(@CurrentPrincipal() principal: Principal, @Param('project') project: string): Promise<object> {
    return this.view(principal, project, true);
  }

  private async view(principal: Principal, project: string, hasUsage: boolean): Promise<object> {
    const id = project.replace(/\.json$/, '');
    return networkQuotaView(
      await this.quotas.get(principal, id),
      await this.quotas.count(principal, id),
      hasUsage,
    );
  }
}
