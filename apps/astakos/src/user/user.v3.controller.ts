import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { Access, Forbidden, Unauthorized } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { z } from 'zod';
import { BASE_URL } from '../base-url.js';
import { collectionLinks } from '../collection-links.js';
import { LogIn } from '../token/log-in.js';
import { RevocationNotice } from '../token/revocation-notice.js';
import { UserService } from './user.service.js';
import { userV3View } from './user.v3.view.js';

const passwordSchema = z.object({
  user: z.object({ original_password: z.string().max(1024), password: z.string().min(8).max(1024) }),
});
const querySchema = z.object({ name: z.string().optional(), domain_id: z.string().optional() });
const NO_CHANGES = 'Users are managed with snf-manage, not here.';

@Access('token')
@Controller('astakos/identity/v3/users')
export class UserV3Controller {
  constructor(
    private readonly users: UserService,
    private readonly logIn: LogIn,
    private readonly notice: RevocationNotice,
    @Inject(BASE_URL) private readonly baseUrl: string,
  ) {}

  @Access('admin')
  @Get()
  async list(@Query({ schema: querySchema }) query: z.infer<typeof querySchema>): Promise<object> {
    const { name } = query;
    const found = name === undefined ? await this.users.list() : [await this.users.findByEmail(name)];
    const users = found.flatMap((user) => (user === null ? [] : [userV3View(this.baseUrl, user)]));
    return { users, links: collectionLinks(`${this.baseUrl}/identity/v3/users`) };
  }

  /** Self or operator; other users do not exist for anybody else, in the words that Keystone has for it. */
  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    if (principal.userUuid !== id && !principal.isAdmin) throw new Forbidden();
    return { user: userV3View(this.baseUrl, await this.users.get(id)) };
  }

  /** Ends all tokens of the user, this one too. */
  @Post(':id/password')
  @HttpCode(204)
  async setPassword(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: passwordSchema })
    { user: { original_password: old, password } }: z.infer<typeof passwordSchema>,
  ): Promise<void> {
    if (principal.userUuid !== id) throw new Forbidden();
    const user = await this.logIn.run({ uuid: id }, old);
    if (user === null) throw new Unauthorized();
    await this.notice.publish(await this.users.change(user.id, { password }));
  }

  @Post()
  create(): never {
    throw new Forbidden(NO_CHANGES);
  }

  @Patch(':id')
  update(): never {
    throw new Forbidden(NO_CHANGES);
  }

  @Delete(':id')
  remove(): never {
    throw new Forbidden(NO_CHANGES);
  }
}
