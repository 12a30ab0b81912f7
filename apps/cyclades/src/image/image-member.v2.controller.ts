import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { Access, Forbidden, ItemNotFound, NotImplemented } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { Image } from './image-record.js';
import { memberV2View } from './image-v2.view.js';
import {
  type MemberCreate,
  memberCreateSchema,
  type MemberUpdate,
  memberUpdateSchema,
} from './image.schema.js';
import { assertOwner, ImageService } from './image.service.js';
import { ImageV2Service } from './image-v2.service.js';

/** Members of an image: the users beside its owner who may read it. A member is named by the id of its system project, which is the user's uuid. */
@Access('token')
@Controller('image/v2/images/:id/members')
export class ImageMemberV2Controller {
  constructor(
    private readonly images: ImageService,
    private readonly imagesV2: ImageV2Service,
  ) {}

  @Get()
  async list(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    const image = await this.images.get(principal, id);
    const members =
      image.owner === principal.userUuid
        ? image.members
        : image.members.filter((member) => member === principal.userUuid);
    return { members: members.map((member) => memberV2View(image, member)), schema: '/v2/schemas/members' };
  }

  @Post()
  @HttpCode(200)
  async add(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: memberCreateSchema }) body: MemberCreate,
  ): Promise<object> {
    const image = await this.images.get(principal, id);
    return memberV2View(await this.imagesV2.addMember(principal, image, body.member), body.member);
  }

  @Get(':member')
  async show(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('member') member: string,
  ): Promise<object> {
    return memberV2View(await this.withMember(principal, id, member), member);
  }

  /** Sharing takes effect at once, so accepting it changes nothing. */
  @Put(':member')
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('member') member: string,
    @Body({ schema: memberUpdateSchema }) body: MemberUpdate,
  ): Promise<object> {
    const image = await this.withMember(principal, id, member);
    if (member !== principal.userUuid) throw new Forbidden('Only the member may accept an image.');
    if (body.status !== 'accepted')
      throw new NotImplemented('A shared image cannot be hidden from your list.');
    return memberV2View(image, member);
  }

  @Delete(':member')
  @HttpCode(204)
  async remove(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('member') member: string,
  ): Promise<void> {
    const image = await this.withMember(principal, id, member);
    assertOwner(principal, image);
    const members = image.members.filter((other) => other !== member);
    await this.images.setMembers(principal, image, members);
  }

  private async withMember(principal: Principal, id: string, member: string): Promise<Image> {
    const image = await this.images.get(principal, id);
    const isVisible = image.owner === principal.userUuid || member === principal.userUuid;
    if (!isVisible || !image.members.includes(member))
      throw new ItemNotFound(`${member} is no member of image ${id}.`);
    return image;
  }
}
