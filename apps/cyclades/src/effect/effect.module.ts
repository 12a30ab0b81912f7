import { Module } from '@nestjs/common';
import { EffectEnd } from './effect-end.js';
import { EffectProcessor } from './effect.processor.js';
import { EffectClaims } from './effect-claims.js';
import { EffectRunner } from './effect-runner.js';

@Module({
  providers: [EffectEnd, EffectProcessor, EffectClaims, EffectRunner],
  exports: [EffectEnd, EffectClaims],
})
export class EffectModule {}
