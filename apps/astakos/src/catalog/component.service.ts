import { Injectable } from '@nestjs/common';
import { tokenHash } from '@synnefo/auth';
import { DataSource } from '@synnefo/database';
import { ComponentEntity } from './catalog.entity.js';

export interface ComponentSettings {
  readonly name: string;
  readonly baseUrl: string;
  readonly uiUrl: string | null;
  readonly token: string;
}

@Injectable()
export class ComponentService {
  constructor(private readonly dataSource: DataSource) {}

  /** The component that has this token, or null. */
  async findByToken(token: string): Promise<ComponentEntity | null> {
    const component = await this.dataSource
      .getRepository(ComponentEntity)
      .findOneBy({ tokenHash: Buffer.from(tokenHash(token), 'hex') });
    const expiresAt = component?.tokenExpiresAt ?? null;
    return expiresAt !== null && expiresAt.getTime() <= Date.now() ? null : component;
  }

  list(): Promise<ComponentEntity[]> {
    return this.dataSource.getRepository(ComponentEntity).find({ order: { id: 'ASC' } });
  }

  /** Makes the component be as given, token included; safe from several processes at once. */
  async ensure(settings: ComponentSettings): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO component (name, base_url, ui_url, token_hash) VALUES ($1, $2, $3, $4)
       ON CONFLICT (name) DO UPDATE SET base_url = excluded.base_url, ui_url = excluded.ui_url,
         token_created_at = CASE WHEN component.token_hash = excluded.token_hash THEN component.token_created_at ELSE now() END,
         token_hash = excluded.token_hash`,
      [settings.name, settings.baseUrl, settings.uiUrl, Buffer.from(tokenHash(settings.token), 'hex')],
    );
  }
}
