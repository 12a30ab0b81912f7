import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { Access } from '@synnefo/api';
import { z } from 'zod';
import { UserService } from './user.service.js';

const names = z.array(z.string().max(1024)).max(10_000);
const catalogSchema = z.object({ uuids: names.nullable().optional(), displaynames: names.default([]) });
type CatalogInput = z.infer<typeof catalogSchema>;

/** uuid ↔ display name (identity spec 2.3). */
@Controller('astakos/account/v1.0')
export class UserCatalogController {
  constructor(private readonly users: UserService) {}

  @Access('token')
  @Post('user_catalogs')
  @HttpCode(200)
  ofUser(@Body({ schema: catalogSchema }) body: CatalogInput): Promise<object> {
    return this.#catalogs(body.uuids ?? [], body.displaynames);
  }

  /** A component that asks for `null` gets every user. */
  @Access('component')
  @Post('service/user_catalogs')
  @HttpCode(200)
  ofComponent(@Body({ schema: catalogSchema }) body: CatalogInput): Promise<object> {
    return this.#catalogs(body.uuids === undefined ? [] : body.uuids, body.displaynames);
  }

  async #catalogs(uuids: string[] | null, emails: string[]): Promise<object> {
    const [namesByUuid, uuidsByName] = [await this.users.namesOf(uuids), await this.users.uuidsOf(emails)];
    return {
      uuid_catalog: Object.fromEntries(namesByUuid),
      displayname_catalog: Object.fromEntries(uuidsByName),
    };
  }
}
