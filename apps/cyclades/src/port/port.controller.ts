import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { Access } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { type PortCreate, portCreateSchema, type PortUpdate, portUpdateSchema } from './port.schema.js';
import { PortService } from './port.service.js';
import { portRequest, portView } from './port.view.js';

/** Ports of the Synnefo face (compute spec 1.8.3). */
@Access('token')
@Controller('network/v2.0/ports')
export class PortController {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly ports: PortService,
  ) {}

  @Get(['', 'detail'])
  async list(@CurrentPrincipal() principal: Principal): Promise<object> {
    return {
      ports: (await this.ports.list(principal)).map((port) => portView(port, this.config.CYCLADES_BASE_URL)),
    };
  }

  @Post()
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: portCreateSchema }) body: PortCreate,
  ): Promise<object> {
    const port = await this.ports.create(principal, portRequest(body.port));
    return { port: portView(port, this.config.CYCLADES_BASE_URL) };
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { port: portView(await this.ports.get(principal, id), this.config.CYCLADES_BASE_URL) };
  }

  @Put(':id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: portUpdateSchema }) body: PortUpdate,
  ): Promise<object> {
    const { name } = body.port;
    const port =
      name === undefined ? await this.ports.get(principal, id) : await this.ports.rename(principal, id, name);
    return { port: portView(port, this.config.CYCLADES_BASE_URL) };
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.ports.remove(principal, id);
  }
}
