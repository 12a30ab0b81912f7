import {
  Body,
  Controller,
  Delete,
  Get,
  Head,
  Headers,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import { Access, NotImplemented } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { FastifyReply } from 'fastify';
import { matchesPlankton, sortImages } from './image-list.js';
import type { Image } from './image-record.js';
import {
  type Memberships,
  membershipsSchema,
  type PlanktonListQuery,
  planktonListQuerySchema,
} from './image.schema.js';
import { ImageService } from './image.service.js';
import { parseRegister, parseUpdate } from './plankton-headers.js';
import { planktonDetail, planktonHeaders, planktonMembers, planktonSummary } from './plankton.view.js';

type RequestHeaders = Record<string, string | string[] | undefined>;

/** The header-style image API (compute spec 1.7). */
@Access('token')
@Controller(['image/v1.0', 'image/v1'])
export class PlanktonController {
  constructor(private readonly images: ImageService) {}

  @Get('images')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: planktonListQuerySchema }) query: PlanktonListQuery,
  ): Promise<object> {
    return { images: (await this.select(principal, query)).map(planktonSummary) };
  }

  @Get('images/detail')
  async detail(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: planktonListQuerySchema }) query: PlanktonListQuery,
  ): Promise<object> {
    return { images: (await this.select(principal, query)).map(planktonDetail) };
  }

  @Post('images')
  @HttpCode(200)
  async register(
    @CurrentPrincipal() principal: Principal,
    @Headers() headers: RequestHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const request = parseRegister(headers);
    const image = await this.images.register(principal, { ...request, isPublic: request.isPublic ?? false });
    void reply.headers(planktonHeaders(image));
  }

  @Head('images/:id')
  async head(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    void reply.headers(planktonHeaders(await this.images.get(principal, id)));
  }

  @Get('images/:id')
  download(): never {
    throw new NotImplemented('The data of an image is served by the object store and by image API v2.');
  }

  @Put('images/:id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Headers() headers: RequestHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { attributes, isPublic } = parseUpdate(headers);
    const image = await this.images.get(principal, id);
    void reply.headers(planktonHeaders(await this.images.update(principal, image, attributes, isPublic)));
  }

  @Delete('images/:id')
  @HttpCode(204)
  async unregister(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.images.unregister(principal, await this.images.get(principal, id));
  }

  @Get('images/:id/members')
  async members(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return planktonMembers(await this.images.get(principal, id));
  }

  @Put('images/:id/members')
  @HttpCode(204)
  async replaceMembers(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: membershipsSchema }) body: Memberships,
  ): Promise<void> {
    const members = body.memberships.map(({ member_id }) => member_id);
    await this.images.setMembers(principal, await this.images.get(principal, id), members);
  }

  @Put('images/:id/members/:user')
  @HttpCode(204)
  async addMember(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('user') user: string,
  ): Promise<void> {
    const image = await this.images.get(principal, id);
    await this.images.setMembers(principal, image, [...image.members, user]);
  }

  @Delete('images/:id/members/:user')
  @HttpCode(204)
  async removeMember(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('user') user: string,
  ): Promise<void> {
    const image = await this.images.get(principal, id);
    const members = image.members.filter((member) => member !== user);
    await this.images.setMembers(principal, image, members);
  }

  /** The images of `user` that are not public and that the caller can see. */
  @Get('shared-images/:user')
  async shared(@CurrentPrincipal() principal: Principal, @Param('user') user: string): Promise<object> {
    const images = (await this.images.list(principal)).filter(
      (image) => image.owner === user && !image.isPublic,
    );
    return { shared_images: images.map((image) => ({ image_id: image.id, can_share: false })) };
  }

  private async select(principal: Principal, query: PlanktonListQuery): Promise<Image[]> {
    const images = await this.images.list(principal);
    const matching = images.filter((image) => matchesPlankton(image, query, planktonSummary(image).status));
    return sortImages(matching, [{ key: query.sort_key, direction: query.sort_dir }]);
  }
}
