import { Module } from '@nestjs/common';
import { AddressPoolModule } from '../address-pool/address-pool.module.js';
import { NetworkController } from './network.controller.js';
import { NetworkRootController } from './network-root.controller.js';
import { NetworkEffect } from './network-effect.js';
import { NetworkService } from './network.service.js';
import { NetworkingController } from './networking.controller.js';
import { OpenstackNetworkController } from './network.openstack.controller.js';

@Module({
  imports: [AddressPoolModule],
  controllers: [NetworkRootController, NetworkController, NetworkingController, OpenstackNetworkController],
  providers: [NetworkService, NetworkEffect],
  exports: [NetworkService],
})
export class NetworkModule {}
