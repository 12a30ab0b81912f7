import { Controller, Get, Param } from '@nestjs/common';
import { Access, Forbidden, ItemNotFound } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { QuotaService } from '../quota/quota.service.js';
import { limitsView, quotaSetView } from './compute-limits.js';

/** What clients ask compute v2.1 for beside servers and flavors. Source: clients spec 3.2, 4.3, 4.4. */
@Access('token')
@Controller('compute/v2.1')
export class ComputeExtrasV21Controller {
  constructor(private readonly quotas: QuotaService) {}

  @Get('extensions')
  extensions(): object {
    return { extensions: [] };
  }

  @Get('limits')
  async limits(@CurrentPrincipal() principal: Principal): Promise<object> {
    return limitsView(await this.quotas.get(principal, principal.projectId));
  }

  @Get(['os-quota-sets/:project', 'os-quota-sets/:project/defaults'])
  async quotaSet(
    @CurrentPrincipal() principal: Principal,
    @Param('project') project: string,
  ): Promise<object> {
    return quotaSetView(project, await this.quotas.get(principal, project), false);
  }

  @Get('os-quota-sets/:project/detail')
  async quotaSetDetail(
    @CurrentPrincipal() principal: Principal,
    @Param('project') project: string,
  ): Promise<object> {
    return quotaSetView(project, await this.quotas.get(principal, project), true);
  }

  @Get('os-availability-zone')
  zones(): object {
    return { availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true }, hosts: null }] };
  }

  /** With hosts: clients ask it first, and take the list above after this refusal. */
  @Get('os-availability-zone/detail')
  zonesDetail(): never {
    throw new Forbidden();
  }

  @Get('os-keypairs')
  keypairs(): object {
    return { keypairs: [] };
  }

  @Get('os-keypairs/:name')
  keypair(@Param('name') name: string): never {
    throw new ItemNotFound(`Keypair ${name} not found.`);
  }

  @Get('os-server-groups')
  serverGroups(): object {
    return { server_groups: [] };
  }

  @Get(['os-services', 'os-hypervisors', 'os-hypervisors/detail', 'os-aggregates', 'os-migrations'])
  operatorsOnly(): never {
    throw new Forbidden();
  }
}
