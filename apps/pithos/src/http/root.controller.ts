import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { Access, Unauthorized } from '@synnefo/api';
import type { Principal, TokenVerifier } from '@synnefo/auth';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { MAX_DELETES } from '../account/bulk-delete.js';
import { LIMITS } from '../dialect/request-path.js';
import { META_LIMITS } from '../dialect/meta-headers.js';
import { LIST_LIMIT } from '../container/listing-query.js';
import { MAX_BODY_BYTES } from '../object/store-body.js';
import { FACE, PASSWORD_LOGIN, TOKEN_VERIFIER } from '../tokens.js';
import type { PasswordLogin } from './password-login.js';

/** Public addresses; from configuration, never from the Host header. */
export interface Face {
  /** Such as `http://127.0.0.1:8002/v1`. */
  readonly swiftUrl: string;
}

/** What Swift clients look for beside the storage URL. */
@Access('public')
@Controller()
export class RootController {
  constructor(
    @Inject(FACE) private readonly face: Face,
    @Inject(TOKEN_VERIFIER) private readonly verifier: TokenVerifier,
    @Inject(PASSWORD_LOGIN) private readonly passwords: PasswordLogin,
  ) {}

  @Get('healthcheck')
  health(@Res() reply: FastifyReply): void {
    void reply.type('text/plain; charset=utf-8').send('OK');
  }

  /** True limits only: the functional tests read and test them. `slo` says that there are none: without it openstacksdk's uploads fail. */
  @Get('info')
  info(): object {
    return {
      swift: {
        version: '2.x-compatible',
        max_file_size: MAX_BODY_BYTES,
        max_object_name_length: LIMITS.objectBytes,
        max_container_name_length: LIMITS.containerBytes,
        max_account_name_length: LIMITS.accountBytes,
        max_meta_name_length: META_LIMITS.nameLength,
        max_meta_value_length: META_LIMITS.valueLength,
        max_meta_count: META_LIMITS.items,
        max_meta_overall_size: 4096,
        max_header_size: 8192,
        container_listing_limit: LIST_LIMIT,
        account_listing_limit: LIST_LIMIT,
        allow_account_management: false,
        valid_api_versions: ['v1'],
      },
      bulk_delete: { max_deletes_per_request: MAX_DELETES, max_failed_deletes: MAX_DELETES },
      slo: { max_manifest_segments: 0, max_manifest_size: 0, min_segment_size: 1 },
    };
  }

  /** Legacy v1 login: `X-Auth-Key` is a token, or the password of the e-mail in `X-Auth-User` (`account:user` or `user`). */
  @Get('auth/v1.0')
  async login(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { headers } = request;
    const user = textOf(headers['x-auth-user'] ?? headers['x-storage-user']);
    const key = textOf(headers['x-auth-key'] ?? headers['x-storage-pass']);
    const { token, principal } = await this.whoIs(user, key);
    const expiresIn = Math.max(0, Math.floor((principal.tokenExpiresAt.getTime() - Date.now()) / 1000));
    void reply
      .code(200)
      .headers({
        'X-Storage-Url': `${this.face.swiftUrl}/AUTH_${principal.projectId}`,
        'X-Auth-Token': token,
        'X-Storage-Token': token,
        'X-Auth-Token-Expires': String(expiresIn),
      })
      .send();
  }

  private async whoIs(user: string, key: string): Promise<{ token: string; principal: Principal }> {
    const own = await this.verified(key);
    if (own) return own;
    const email = user.slice(user.lastIndexOf(':') + 1);
    const given = key !== '' && email.includes('@') ? await this.passwords.run(email, key) : null;
    const byPassword = await this.verified(given ?? '');
    if (byPassword) return byPassword;
    throw new Unauthorized();
  }

  private async verified(token: string): Promise<{ token: string; principal: Principal } | null> {
    const principal = /^[\x21-\x7e]+$/.test(token) ? await this.verifier.verify(token) : null;
    return principal && { token, principal };
  }
}

/** Node gives each byte of a header as one character. */
function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? Buffer.from(header, 'latin1').toString('utf8') : '';
}
