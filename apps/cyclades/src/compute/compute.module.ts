import { Module } from '@nestjs/common';
import { QuotaModule } from '../quota/quota.module.js';
import { ComputeExtrasV21Controller } from './compute-extras.v2-1.controller.js';
import { ComputeVersionController } from './compute-version.controller.js';

@Module({
  imports: [QuotaModule],
  controllers: [ComputeExtrasV21Controller, ComputeVersionController],
})
export class ComputeModule {}
