import { Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { Access, ItemNotFound, NotImplemented } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { type PortDetails, PortService } from '../port/port.service.js';
import { ServerService } from './server.service.js';

const NO_HOTPLUG =
  'Ports of a server that exists cannot be changed yet; name them when you create the server.';

/** The ports of a server as compute v2.1 shows them. Source: clients spec 4.6. */
@Access('token')
@Controller('compute/v2.1/servers/:id/os-interface')
export class ServerInterfaceV21Controller {
  constructor(
    private readonly servers: ServerService,
    private readonly ports: PortService,
  ) {}

  @Get()
  async list(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { interfaceAttachments: (await this.#ports(principal, id)).map(interfaceView) };
  }

  @Get(':port')
  async show(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('port') key: string,
  ): Promise<object> {
    return { interfaceAttachment: interfaceView(await this.#port(principal, id, key)) };
  }

  @Post()
  async attach(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<never> {
    await this.servers.getLiving(principal, id);
    throw new NotImplemented(NO_HOTPLUG);
  }

  @Delete(':port')
  async detach(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('port') key: string,
  ): Promise<never> {
    await this.#port(principal, id, key);
    throw new NotImplemented(NO_HOTPLUG);
  }

  async #ports(principal: Principal, id: string): Promise<PortDetails[]> {
    return this.ports.listOfServer((await this.servers.getLiving(principal, id)).id);
  }

  async #port(principal: Principal, id: string, key: string): Promise<PortDetails> {
    const port = (await this.#ports(principal, id)).find(({ uuid }) => uuid === key.toLowerCase());
    if (port === undefined) throw new ItemNotFound(`Interface ${key} of server ${id} could not be found.`);
    return port;
  }
}

function interfaceView(port: PortDetails): object {
  return {
    port_id: port.uuid,
    net_id: port.networkUuid,
    mac_addr: port.mac ?? '',
    port_state: port.state,
    fixed_ips: port.addresses.map(({ subnetUuid, address }) => ({
      subnet_id: subnetUuid,
      ip_address: address,
    })),
  };
}
