import { Module } from '@nestjs/common';
import { BackendModule } from '../backend/backend.module.js';
import { GntCallbackController } from './gnt-callback.controller.js';
import { GntCallbackService } from './gnt-callback.service.js';

@Module({
  imports: [BackendModule],
  controllers: [GntCallbackController],
  providers: [GntCallbackService],
})
export class GntCallbackModule {}
