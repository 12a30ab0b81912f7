import { Module } from '@nestjs/common';
import { FlavorController } from './flavor.controller.js';
import { FlavorService } from './flavor.service.js';
import { FlavorV21Controller } from './flavor.v2-1.controller.js';

@Module({
  controllers: [FlavorController, FlavorV21Controller],
  providers: [FlavorService],
  exports: [FlavorService],
})
export class FlavorModule {}
