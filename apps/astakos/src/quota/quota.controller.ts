import { Controller, Get, Query } from '@nestjs/common';
import { Access, ItemNotFound } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { z } from 'zod';
import { type Component, CurrentComponent } from '../catalog/current-component.js';
import { QuotaService } from './quota.service.js';
import { projectQuotasView, quotasView, serviceQuotasView } from './quota.view.js';

const uuids = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text === '' ? null : text.split(',')));
const filterSchema = z.object({ user: uuids, project: uuids });
type Filter = z.infer<typeof filterSchema>;

@Controller('astakos/account/v1.0')
export class QuotaController {
  constructor(private readonly quotas: QuotaService) {}

  @Access('token')
  @Get('quotas')
  async own(@CurrentPrincipal() principal: Principal): Promise<object> {
    return quotasView(await this.quotas.listOfUser(principal.userUuid));
  }

  @Access('component')
  @Get('service_quotas')
  async ofService(
    @CurrentComponent() component: Component,
    @Query({ schema: filterSchema }) { user, project }: Filter,
  ): Promise<object> {
    const found = await this.quotas.listOfComponent(component.id, { users: user, projects: project });
    if (found.length === 0 && user !== null) throw new ItemNotFound('There are no quotas of this user.');
    return serviceQuotasView(found);
  }

  @Access('component')
  @Get('service_project_quotas')
  async ofServiceProjects(
    @CurrentComponent() component: Component,
    @Query({ schema: filterSchema }) { project }: Filter,
  ): Promise<object> {
    const found = await this.quotas.listProjectsOfComponent(component.id, project);
    if (found.length === 0 && project !== null)
      throw new ItemNotFound('There are no quotas of this project.');
    return projectQuotasView(found);
  }
}
