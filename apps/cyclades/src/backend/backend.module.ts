import { Module } from '@nestjs/common';
import { BackendService } from './backend.service.js';
import { ChooseBackend } from './choose-backend.js';

@Module({ providers: [BackendService, ChooseBackend], exports: [BackendService, ChooseBackend] })
export class BackendModule {}
