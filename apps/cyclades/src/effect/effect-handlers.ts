import { Injectable } from '@nestjs/common';
import type { EffectObjectType } from './effect.entity.js';
import type { EffectHandler } from './effect-handler.js';

/** The handlers by object type. A feature registers its own when its module starts. */
@Injectable()
export class EffectHandlers {
  readonly #byType = new Map<EffectObjectType, EffectHandler>();

  /** @throws Error when the type has a handler already */
  register(handler: EffectHandler): void {
    if (this.#byType.has(handler.objectType))
      throw new Error(`two handlers for effects of ${handler.objectType}`);
    this.#byType.set(handler.objectType, handler);
  }

  /** @throws Error when the type has no handler */
  get(type: EffectObjectType): EffectHandler {
    const handler = this.#byType.get(type);
    if (handler === undefined) throw new Error(`no handler for effects of ${type}`);
    return handler;
  }
}
