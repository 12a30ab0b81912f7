import { Module } from '@nestjs/common';
import { NetworkQuotaController } from './network-quota.controller.js';
import { QuotaService } from './quota.service.js';
import { VolumeQuotaV3Controller } from './volume-quota.v3.controller.js';

@Module({
  controllers: [NetworkQuotaController, VolumeQuotaV3Controller],
  providers: [QuotaService],
  exports: [QuotaService],
})
export class QuotaModule {}
