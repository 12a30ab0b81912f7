import { Injectable } from '@nestjs/common';
import { isPassword } from '../auth-provider/password.js';
import { UserEntity } from '../user/user.entity.js';
import { UserService } from '../user/user.service.js';

export type LoginName = { readonly uuid: string } | { readonly email: string };

/** Local login: name and password. */
@Injectable()
export class LogIn {
  constructor(private readonly users: UserService) {}

  /** @returns null for an unknown or inactive user, one without local login, and a wrong password, each in the same time */
  async run(name: LoginName, password: string): Promise<UserEntity | null> {
    const user = await ('uuid' in name
      ? this.users.findByUuid(name.uuid)
      : this.users.findByEmail(name.email));
    const isRight = await isPassword(password, user?.passwordHash ?? null);
    return isRight && user?.isActive === true ? user : null;
  }
}
