import { Module } from '@nestjs/common';
import { NetworkModule } from '../network/network.module.js';
import { OpenstackSubnetController } from './subnet.openstack.controller.js';
import { SubnetController } from './subnet.controller.js';
import { SubnetService } from './subnet.service.js';

@Module({
  imports: [NetworkModule],
  controllers: [SubnetController, OpenstackSubnetController],
  providers: [SubnetService],
  exports: [SubnetService],
})
export class SubnetModule {}
