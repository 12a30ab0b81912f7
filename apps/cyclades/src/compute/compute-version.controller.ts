import { Controller, Get, Inject } from '@nestjs/common';
import { Access } from '@synnefo/api';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';

const UPDATED = '2013-07-23T11:33:21Z';

/** Version documents, without a token. Only microversion 2.1 is offered: ceiling and floor are the same. Source: clients spec 1.2, 1.5. */
@Access('public')
@Controller('compute')
export class ComputeVersionController {
  constructor(@Inject(CONFIG) private readonly config: CycladesConfig) {}

  @Get()
  list(): object {
    return { versions: [this.#v20(), this.#v21()] };
  }

  @Get('v2.0')
  showV20(): object {
    return { version: this.#v20() };
  }

  @Get('v2.1')
  showV21(): object {
    return { version: this.#v21() };
  }

  #v20(): object {
    return {
      id: 'v2.0',
      status: 'SUPPORTED',
      version: '',
      min_version: '',
      updated: '2011-01-21T11:33:21Z',
      links: [this.#self('v2.0')],
    };
  }

  #v21(): object {
    return {
      id: 'v2.1',
      status: 'CURRENT',
      version: '2.1',
      min_version: '2.1',
      updated: UPDATED,
      links: [this.#self('v2.1')],
      'media-types': [
        { base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' },
      ],
    };
  }

  #self(version: string): object {
    return { rel: 'self', href: `${this.config.CYCLADES_BASE_URL}/compute/${version}/` };
  }
}
