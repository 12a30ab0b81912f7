import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { Access } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { OwnProjectGuard } from '../volume/own-project.guard.js';
import { type UsageQuery, usageQuerySchema } from './quota.schema.js';
import { QuotaService } from './quota.service.js';
import { volumeLimitsView, volumeQuotaView } from './quota.view.js';

/** Limits and quota sets of block storage v3, with the project in the path and without. Source: clients spec 4.14. */
@Access('token')
@UseGuards(OwnProjectGuard)
@Controller(['volume/v3/:project', 'volume/v3'])
export class VolumeQuotaV3Controller {
  constructor(private readonly quotas: QuotaService) {}

  @Get('limits')
  async limits(@CurrentPrincipal() principal: Principal): Promise<object> {
    const project = principal.projectId;
    return volumeLimitsView(
      await this.quotas.get(principal, project),
      await this.quotas.count(principal, project),
    );
  }

  @Get(['os-quota-sets/:target', 'os-quota-sets/:target/defaults'])
  async quotaSet(
    @CurrentPrincipal() principal: Principal,
    @Param('target') target: string,
    @Query({ schema: usageQuerySchema }) { usage }: UsageQuery,
  ): Promise<object> {
    const quotas = await this.quotas.get(principal, target);
    return volumeQuotaView(target, quotas, await this.quotas.count(principal, target), usage);
  }
}
