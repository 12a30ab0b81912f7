import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { acceptBody, Access, BadRequest, Conflict, ItemNotFound } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { DownloadImage } from './download-image.js';
import { type ImagePatch, imagePatchSchema } from './image-patch.js';
import { IMAGE_SCHEMAS } from './image-schemas.js';
import { imageV2View } from './image-v2.view.js';
import { type ListQuery, listImagesV2, queryWithMarker } from './image-v2-list.js';
import { type ImageCreate, imageCreateSchema } from './image.schema.js';
import { ImageService } from './image.service.js';
import { ImageV2Service } from './image-v2.service.js';
import { UploadImage } from './upload-image.js';

/** Image v2 (compute spec 9.4, clients spec 3.3 and 4.8). */
@Access('token')
@Controller('image/v2')
export class ImageV2Controller {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly images: ImageService,
    private readonly imagesV2: ImageV2Service,
    private readonly uploadImage: UploadImage,
    private readonly downloadImage: DownloadImage,
  ) {}

  @Get('images')
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ListQuery): Promise<object> {
    const page = listImagesV2(await this.images.list(principal), query);
    return {
      images: page.images.map(imageV2View),
      schema: '/v2/schemas/images',
      first: `/v2/images${queryWithMarker(query, null)}`,
      ...(page.nextMarker === null ? {} : { next: `/v2/images${queryWithMarker(query, page.nextMarker)}` }),
    };
  }

  @Post('images')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: imageCreateSchema }) body: ImageCreate,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const image = await this.imagesV2.create(principal, body);
    void reply.header('location', `${this.config.CYCLADES_BASE_URL}/image/v2/images/${image.id}`);
    return imageV2View(image);
  }

  @Get('images/:id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return imageV2View(await this.images.get(principal, id));
  }

  @Patch('images/:id')
  async patch(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: imagePatchSchema }) patch: ImagePatch,
  ): Promise<object> {
    return imageV2View(await this.imagesV2.patch(principal, await this.images.get(principal, id), patch));
  }

  @Delete('images/:id')
  @HttpCode(204)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.imagesV2.remove(principal, await this.images.get(principal, id));
  }

  /** The body is a stream: it is in the list of raw bodies of the app. */
  @Put('images/:id/file')
  @HttpCode(204)
  async upload(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const image = await this.images.get(principal, id);
    acceptBody(request.raw);
    await this.uploadImage.run(principal, image, request.raw, bodyLength(request));
  }

  @Get('images/:id/file')
  async download(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.downloadImage.run(
      principal,
      await this.images.get(principal, id),
      request.headers.range,
      reply,
    );
  }

  @Put('images/:id/tags/:tag')
  @HttpCode(204)
  async addTag(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('tag') tag: string,
  ): Promise<void> {
    const image = await this.images.get(principal, id);
    if (image.tags.includes(tag)) return;
    await this.imagesV2.patch(principal, image, [
      { op: 'replace', path: '/tags', value: [...image.tags, tag] },
    ]);
  }

  @Delete('images/:id/tags/:tag')
  @HttpCode(204)
  async removeTag(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('tag') tag: string,
  ): Promise<void> {
    const image = await this.images.get(principal, id);
    if (!image.tags.includes(tag)) throw new ItemNotFound(`Image ${id} has no tag '${tag}'.`);
    const value = image.tags.filter((other) => other !== tag);
    await this.imagesV2.patch(principal, image, [{ op: 'replace', path: '/tags', value }]);
  }

  @Post('images/:id/actions/:action')
  @HttpCode(204)
  async act(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('action') action: string,
  ): Promise<void> {
    if (action !== 'deactivate' && action !== 'reactivate')
      throw new BadRequest(`Unknown action '${action}'.`);
    const image = await this.images.get(principal, id);
    if (image.status !== 'AVAILABLE') throw new Conflict(`Image ${id} has no data.`);
    await this.images.update(principal, image, { isDeactivated: action === 'deactivate' });
  }

  @Get('schemas/:name')
  schema(@Param('name') name: string): object {
    const schema = Object.hasOwn(IMAGE_SCHEMAS, name) ? IMAGE_SCHEMAS[name] : undefined;
    if (schema === undefined) throw new ItemNotFound('No such schema.');
    return schema;
  }

  /** Nothing can be imported: clients then upload. */
  @Get('info/import')
  importMethods(): object {
    return { 'import-methods': { description: 'Import methods available.', type: 'array', value: [] } };
  }

  @Get('info/stores')
  stores(): object {
    return { stores: [{ id: 'pithos', default: 'true' }] };
  }
}

/** The announced length; undefined for a chunked body. A request with neither has no body (RFC 9112 §6.3). */
function bodyLength(request: FastifyRequest): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(request.headers['content-length'] ?? 0);
}
