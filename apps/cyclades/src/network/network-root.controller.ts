import { Controller, Get, Inject } from '@nestjs/common';
import { Access } from '@synnefo/api';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';

/** Discovery of the Synnefo network face (compute spec 1.8). */
@Access('public')
@Controller('network')
export class NetworkRootController {
  constructor(@Inject(CONFIG) private readonly config: CycladesConfig) {}

  @Get()
  versions(): object {
    const links = [{ rel: 'self', href: `${this.config.CYCLADES_BASE_URL}/network/v2.0/` }];
    return { versions: [{ id: 'v2.0', status: 'CURRENT', links }] };
  }

  @Get('v2.0')
  resources(): object {
    const base = `${this.config.CYCLADES_BASE_URL}/network/v2.0`;
    const names = ['network', 'subnet', 'port', 'floatingip'];
    return {
      resources: names.map((name) => ({
        links: [{ rel: 'self', href: `${base}/${name}s` }],
        name,
        collection: `${name}s`,
      })),
    };
  }
}
