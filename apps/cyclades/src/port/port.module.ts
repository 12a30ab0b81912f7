import { Module } from '@nestjs/common';
import { NetworkModule } from '../network/network.module.js';
import { OpenstackPortController } from './port.openstack.controller.js';
import { PortController } from './port.controller.js';
import { PortService } from './port.service.js';

@Module({
  imports: [NetworkModule],
  controllers: [PortController, OpenstackPortController],
  providers: [PortService],
  exports: [PortService],
})
export class PortModule {}
