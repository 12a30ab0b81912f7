import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule, type TokenVerifier } from '@synnefo/auth';
import { CoreModule, type CoreParts } from './core/core.module.js';
import { HealthController } from './core/health.controller.js';
import { FEATURES } from './features.js';
import { callbackCheck } from './gnt-callback/callback-check.js';
import { GntCallbackModule } from './gnt-callback/gnt-callback.module.js';

/** The HTTP process. */
@Module({})
export class AppModule {
  static forRoot(parts: CoreParts, verifier: TokenVerifier): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CoreModule.forRoot(parts),
        AuthModule.forRoot({
          verifier,
          isInternal: callbackCheck(parts.dataSource),
          loginUrl: loginUrl(parts),
        }),
        GntCallbackModule,
        ...FEATURES,
      ],
      controllers: [HealthController],
    };
  }
}

function loginUrl({ config }: CoreParts): string {
  return `${config.ASTAKOS_URL}/identity/v3`;
}
