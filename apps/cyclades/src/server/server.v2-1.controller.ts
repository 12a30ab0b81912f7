import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import { Access, BadRequest, decodeMarkerPage, Fault, ItemNotFound } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { quotaFault } from '@synnefo/commission';
import type { FastifyReply } from 'fastify';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { CreateSnapshot } from '../snapshot/create-snapshot.js';
import { ActOnServer } from './act-on-server.js';
import { CreateServer } from './create-server.js';
import { newServerV21 } from './new-server.js';
import { requestedAction } from './server-action.js';
import { type ActionBody, actionSchema } from './server.schema.js';
import { type ServerRecord, ServerService } from './server.service.js';
import { ServerDeleted, WrongState } from './server-state.js';
import { filterOf, limitOf, linksOf } from './server-list.v2-1.js';
import {
  createImageSchema,
  type ServerV21CreateBody,
  serverV21CreateSchema,
  type ServerV21Query,
  serverV21QuerySchema,
  type ServerV21UpdateBody,
  serverV21UpdateSchema,
} from './server.v2-1.schema.js';
import {
  addresses,
  serverV21Created,
  serverV21Detail,
  serverV21Plain,
  serverV21Summary,
} from './server.v2-1.view.js';

/** Quota faults of this face (compute spec 9.1). */
const QUOTA_CODE = 403;

/** Servers of compute v2.1. Source: compute spec 9.2, clients spec 3.2, 4.1. */
@Access('token')
@Controller('compute/v2.1/servers')
export class ServerV21Controller {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly servers: ServerService,
    private readonly createServer: CreateServer,
    private readonly actOnServer: ActOnServer,
    private readonly createSnapshot: CreateSnapshot,
  ) {}

  @Get()
  list(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: serverV21QuerySchema }) query: ServerV21Query,
  ): Promise<object> {
    return this.#page(principal, query, {
      path: '',
      view: ({ server }) => serverV21Summary(server, this.#baseUrl),
    });
  }

  @Get('detail')
  detail(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: serverV21QuerySchema }) query: ServerV21Query,
  ): Promise<object> {
    return this.#page(principal, query, {
      path: '/detail',
      view: (record) => serverV21Detail(record, this.#baseUrl),
    });
  }

  @Post()
  @HttpCode(202)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: serverV21CreateSchema }) body: ServerV21CreateBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { server, adminPass } = await this.createServer
      .create(principal, newServerV21(body))
      .catch((error: unknown) => {
        throw quotaFault(error, QUOTA_CODE);
      });
    void reply.header('location', `${this.#baseUrl}/compute/v2.1/servers/${server.uuid}`);
    return { server: serverV21Created(server, adminPass, this.#baseUrl) };
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    const record = await this.servers.record(await this.servers.getLiving(principal, id));
    return { server: serverV21Detail(record, this.#baseUrl) };
  }

  @Put(':id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: serverV21UpdateSchema }) { server: changes }: ServerV21UpdateBody,
  ): Promise<object> {
    const found = await this.servers.getLiving(principal, id);
    const server =
      changes.name === undefined ? found : await this.servers.rename(principal, id, changes.name);
    return { server: serverV21Plain(await this.servers.record(server), this.#baseUrl) };
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.servers.getLiving(principal, id);
    await this.actOnServer.act(principal, id, { kind: 'DESTROY' }).catch((error: unknown) => {
      throw v21Fault(error, id);
    });
  }

  @Post(':id/action')
  @HttpCode(202)
  async action(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: actionSchema }) body: ActionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const server = await this.servers.getLiving(principal, id);
    try {
      if (body.name !== 'createImage')
        return await this.actOnServer.act(principal, id, requestedAction(body));
      const request = createImageSchema.safeParse(body.argument);
      if (!request.success) throw new BadRequest('createImage: a name is needed');
      const { name, metadata } = request.data;
      const image = await this.createSnapshot.ofServer(principal, server.id, {
        name,
        metadata: metadata ?? {},
      });
      // Below microversion 2.45 the body is empty and the address of the image is all that clients get.
      void reply.header('location', `${this.#baseUrl}/compute/v2.1/images/${image.id}`);
    } catch (error) {
      throw v21Fault(error, id);
    }
  }

  @Get(':id/ips')
  async ips(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    const { nics } = await this.servers.record(await this.servers.getLiving(principal, id));
    return { addresses: addresses(nics) };
  }

  @Get(':id/os-volume_attachments')
  async volumeAttachments(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
  ): Promise<object> {
    const { server, volumes } = await this.servers.record(await this.servers.getLiving(principal, id));
    const attachment = (uuid: string, index: number) => ({
      id: uuid,
      volumeId: uuid,
      serverId: server.uuid,
      device: deviceName(index),
    });
    return { volumeAttachments: volumes.map((volume, index) => attachment(volume.uuid, index)) };
  }

  @Get(':id/os-security-groups')
  async securityGroups(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    await this.servers.getLiving(principal, id);
    return { security_groups: [] };
  }

  @Get(':id/os-instance-actions')
  async instanceActions(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    await this.servers.getLiving(principal, id);
    return { instanceActions: [] };
  }

  async #page(
    principal: Principal,
    query: ServerV21Query,
    how: { path: string; view: (record: ServerRecord) => object },
  ): Promise<object> {
    const marker = query.marker === undefined ? undefined : await this.#marker(principal, query.marker);
    const filter = filterOf(query, marker);
    if (filter === null) return { servers: [] };
    const limit = limitOf(query);
    const { items, hasMore } = decodeMarkerPage(await this.servers.listRecords(principal, filter), limit);
    const links = linksOf(`${this.#baseUrl}/compute/v2.1/servers${how.path}`, query, {
      last: items.at(-1)?.server,
      hasMore,
    });
    return { servers: items.map((record) => how.view(record)), ...links };
  }

  async #marker(principal: Principal, marker: string) {
    try {
      return await this.servers.get(principal, marker);
    } catch (error) {
      if (error instanceof ItemNotFound)
        throw new BadRequest(`marker [${marker}] not found`, { cause: error });
      throw error;
    }
  }

  get #baseUrl(): string {
    return this.config.CYCLADES_BASE_URL;
  }
}

function deviceName(index: number): string {
  return `/dev/vd${String.fromCharCode('a'.charCodeAt(0) + index)}`;
}

/** As compute v2.1 says it. */
function v21Fault(error: unknown, id: string): unknown {
  if (error instanceof ServerDeleted)
    return new ItemNotFound(`Server ${id} could not be found.`, { cause: error });
  if (error instanceof WrongState)
    return new Fault('conflictingRequest', 409, error.message, { cause: error });
  return quotaFault(error, QUOTA_CODE);
}
