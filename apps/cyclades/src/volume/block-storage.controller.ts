import { Controller, Get, HttpCode, Inject, UseGuards } from '@nestjs/common';
import { Access } from '@synnefo/api';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { OwnProjectGuard } from './own-project.guard.js';

/** Discovery of block storage (clients spec 1.2) and lists that clients ask for as a matter of routine (6.3). */
@UseGuards(OwnProjectGuard)
@Controller('volume')
export class BlockStorageController {
  constructor(@Inject(CONFIG) private readonly config: CycladesConfig) {}

  @Access('public')
  @Get()
  @HttpCode(300)
  root(): object {
    return this.versions();
  }

  @Access('public')
  @Get('v3')
  version(): object {
    return this.versions();
  }

  @Access('token')
  @Get(['v3/os-availability-zone', 'v3/:project/os-availability-zone'])
  availabilityZones(): object {
    return { availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true } }] };
  }

  @Access('token')
  @Get(['v3/:project/backups', 'v3/:project/backups/detail'])
  backups(): object {
    return { backups: [] };
  }

  @Access('token')
  @Get(['v3/:project/group_types'])
  groupTypes(): object {
    return { group_types: [] };
  }

  @Access('token')
  @Get('v3/:project/extensions')
  extensions(): object {
    return { extensions: [] };
  }

  private versions(): object {
    return {
      versions: [
        {
          id: 'v3.0',
          status: 'CURRENT',
          version: '3.0',
          min_version: '3.0',
          updated: '2026-01-01T00:00:00Z',
          links: [{ rel: 'self', href: `${this.config.CYCLADES_BASE_URL}/volume/v3/` }],
          'media-types': [
            { base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' },
          ],
        },
      ],
    };
  }
}
