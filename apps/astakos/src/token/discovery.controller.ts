import { Controller, Get, Inject, Res } from '@nestjs/common';
import { Access } from '@synnefo/api';
import type { FastifyReply } from 'fastify';
import { BASE_URL } from '../base-url.js';
import { versionV3 } from './versions.view.js';

/** Where clients begin: only v3 is told at the root, or clients without a domain would choose v2.0 (identity spec 10.1). */
@Access('public')
@Controller('astakos/identity')
export class DiscoveryController {
  constructor(@Inject(BASE_URL) private readonly baseUrl: string) {}

  @Get()
  versions(@Res({ passthrough: true }) reply: FastifyReply): object {
    void reply.code(300).header('location', `${this.baseUrl}/identity/v3/`);
    return { versions: { values: [versionV3(this.baseUrl)] } };
  }

  @Get('v3')
  v3(): object {
    return { version: versionV3(this.baseUrl) };
  }
}
