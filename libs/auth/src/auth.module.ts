import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard, type AuthOptions } from './access.guard.js';

export type { AuthOptions };

/** Installs the one guard that enforces what routes declare by `@Access()`. */
@Module({})
export class AuthModule {
  static forRoot(options: AuthOptions): DynamicModule {
    return { module: AuthModule, providers: [{ provide: APP_GUARD, useValue: new AccessGuard(options) }] };
  }
}
