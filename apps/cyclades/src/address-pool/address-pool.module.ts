import { Module } from '@nestjs/common';
import { AddressPoolService } from './address-pool.service.js';

@Module({ providers: [AddressPoolService], exports: [AddressPoolService] })
export class AddressPoolModule {}
