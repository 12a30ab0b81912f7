import { Controller, Get, Inject, Param } from '@nestjs/common';
import { Access, ItemNotFound } from '@synnefo/api';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';

const UPDATED = '2026-01-01T00:00:00-00:00';
/** What the OpenStack network face has. Clients change their behaviour by these aliases (clients spec 3.4). */
const EXTENSIONS = [
  ['external-net', 'Neutron external network'],
  ['project-id', 'project_id field enabled'],
  ['standard-attr-description', 'standard-attr-description'],
  ['standard-attr-timestamp', 'Resource timestamps'],
  ['standard-attr-revisions', 'Resource revision numbers'],
  ['net-mtu', 'Network MTU'],
  ['port-security', 'Port Security'],
  ['binding', 'Port Binding'],
  ['availability_zone', 'Availability Zone'],
].map(([alias, name]) => ({ alias, name, description: name, updated: UPDATED, links: [] }));

/** Discovery and extensions of the OpenStack network face, and empty lists of what clients ask for as a matter of routine (clients spec 6.3). */
@Controller('networking')
export class NetworkingController {
  constructor(@Inject(CONFIG) private readonly config: CycladesConfig) {}

  @Access('public')
  @Get()
  versions(): object {
    const links = [{ rel: 'self', href: `${this.config.CYCLADES_BASE_URL}/networking/v2.0` }];
    return { versions: [{ id: 'v2.0', status: 'CURRENT', links }] };
  }

  @Access('public')
  @Get('v2.0')
  resources(): object {
    const base = `${this.config.CYCLADES_BASE_URL}/networking/v2.0`;
    const names = ['network', 'subnet', 'port'];
    return {
      resources: names.map((name) => ({
        name,
        collection: `${name}s`,
        links: [{ rel: 'self', href: `${base}/${name}s` }],
      })),
    };
  }

  @Access('token')
  @Get('v2.0/extensions')
  extensions(): object {
    return { extensions: EXTENSIONS };
  }

  @Access('token')
  @Get('v2.0/extensions/:alias')
  extension(@Param('alias') alias: string): object {
    const extension = EXTENSIONS.find((item) => item.alias === alias);
    if (extension === undefined) throw new ItemNotFound(`Extension with alias ${alias} does not exist.`);
    return { extension };
  }

  @Access('token')
  @Get('v2.0/availability_zones')
  availabilityZones(): object {
    const zone = (resource: string) => ({ name: 'nova', resource, state: 'available' });
    return { availability_zones: [zone('network'), zone('router')] };
  }

  @Access('token')
  @Get('v2.0/security-groups')
  securityGroups(): object {
    return { security_groups: [] };
  }

  @Access('token')
  @Get('v2.0/security-group-rules')
  securityGroupRules(): object {
    return { security_group_rules: [] };
  }

  @Access('token')
  @Get('v2.0/routers')
  routers(): object {
    return { routers: [] };
  }

  @Access('token')
  @Get('v2.0/floatingips')
  floatingIps(): object {
    return { floatingips: [] };
  }

  @Access('token')
  @Get('v2.0/subnetpools')
  subnetPools(): object {
    return { subnetpools: [] };
  }
}
