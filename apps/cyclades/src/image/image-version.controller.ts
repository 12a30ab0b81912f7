import { Controller, Get, HttpCode, Inject } from '@nestjs/common';
import { Access } from '@synnefo/api';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';

const NEWEST_MINOR = 9;

/** Discovery of the image API (clients spec 1.2): the root answers 300, `/versions` 200, both without a token. */
@Access('public')
@Controller('image')
export class ImageVersionController {
  constructor(@Inject(CONFIG) private readonly config: CycladesConfig) {}

  @Get()
  @HttpCode(300)
  root(): object {
    return this.versions();
  }

  @Get('versions')
  list(): object {
    return this.versions();
  }

  private versions(): object {
    const links = [{ rel: 'self', href: `${this.config.CYCLADES_BASE_URL}/image/v2/` }];
    const minors = Array.from({ length: NEWEST_MINOR + 1 }, (_, index) => NEWEST_MINOR - index);
    return {
      versions: minors.map((minor) => ({
        id: `v2.${minor}`,
        status: minor === NEWEST_MINOR ? 'CURRENT' : 'SUPPORTED',
        links,
      })),
    };
  }
}
