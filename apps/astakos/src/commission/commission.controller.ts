import { Body, Controller, Get, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { Access, ItemNotFound } from '@synnefo/api';
import { type Component, CurrentComponent } from '../catalog/current-component.js';
import {
  actionSchema,
  bulkActionSchema,
  type CommissionInput,
  commissionSchema,
} from './commission.schema.js';
import { CommissionService } from './commission.service.js';
import { commissionView, resolutionView } from './commission.view.js';
import { IssueCommission } from './issue-commission.js';
import { ResolveCommissions } from './resolve-commissions.js';

@Access('component')
@Controller('astakos/account/v1.0/commissions')
export class CommissionController {
  constructor(
    private readonly commissions: CommissionService,
    private readonly issueCommission: IssueCommission,
    private readonly resolveCommissions: ResolveCommissions,
  ) {}

  @Get()
  list(@CurrentComponent() component: Component): Promise<number[]> {
    return this.commissions.listSerials(component.name);
  }

  @Post()
  async issue(
    @CurrentComponent() component: Component,
    @Body({ schema: commissionSchema }) body: CommissionInput,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
  ): Promise<object> {
    const serial = await this.issueCommission.run(component.name, {
      name: body.name,
      provisions: body.provisions.map((line) => ({ ...line, quantity: BigInt(line.quantity) })),
      isForced: body.force,
      isAutoAccepted: body.auto_accept,
      idempotencyKey: idempotencyKey?.slice(0, 255),
    });
    return { serial };
  }

  @Post('action')
  @HttpCode(200)
  async resolve(
    @CurrentComponent() component: Component,
    @Body({ schema: bulkActionSchema }) body: { accept: number[]; reject: number[] },
  ): Promise<object> {
    return resolutionView(await this.resolveCommissions.run(component.name, body.accept, body.reject));
  }

  @Get(':serial')
  async show(@CurrentComponent() component: Component, @Param('serial') serial: string): Promise<object> {
    const commission = await this.commissions.find(component.name, serialOf(serial));
    if (commission === null) throw new ItemNotFound(`There is no commission ${serial}.`);
    return commissionView(commission);
  }

  @Post(':serial/action')
  @HttpCode(200)
  async act(
    @CurrentComponent() component: Component,
    @Param('serial') text: string,
    @Body({ schema: actionSchema }) action: 'accept' | 'reject',
  ): Promise<void> {
    const serial = serialOf(text);
    const accept = action === 'accept' ? [serial] : [];
    const reject = action === 'reject' ? [serial] : [];
    const { notFound } = await this.resolveCommissions.run(component.name, accept, reject);
    if (notFound.length > 0) throw new ItemNotFound(`There is no commission ${serial}.`);
  }
}

function serialOf(text: string): number {
  const serial = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(serial))
    throw new ItemNotFound(`There is no commission ${text}.`);
  return serial;
}
