import { Module } from '@nestjs/common';
import { BackendPlaces } from './backend-places.js';
import { EffectEnd } from './effect-end.js';
import { EffectProcessor } from './effect.processor.js';
import { EffectClaims } from './effect-claims.js';
import { EffectRunner } from './effect-runner.js';

@Module({
  providers: [BackendPlaces, EffectEnd, EffectProcessor, EffectClaims, EffectRunner],
  exports: [EffectEnd, EffectClaims],
})
export class EffectModule {}
