import { Injectable } from '@nestjs/common';
import { Unauthorized } from '@synnefo/api';
import { ComponentService } from '../catalog/component.service.js';
import { type TokenRecord, TokenService } from './token.service.js';

export type Caller =
  | { readonly kind: 'component'; readonly name: string }
  | { readonly kind: 'user'; readonly record: TokenRecord };

/** Who calls one of the few routes that users and components share. */
@Injectable()
export class CallerResolver {
  constructor(
    private readonly tokens: TokenService,
    private readonly components: ComponentService,
  ) {}

  /** @throws Unauthorized */
  async get(token: string | string[] | undefined): Promise<Caller> {
    if (typeof token !== 'string' || token === '') throw new Unauthorized();
    const record = await this.tokens.findValid(token);
    if (record !== null) return { kind: 'user', record };
    const component = await this.components.findByToken(token);
    if (component === null) throw new Unauthorized('Invalid X-Auth-Token');
    return { kind: 'component', name: component.name };
  }
}
