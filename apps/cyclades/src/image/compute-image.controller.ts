import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { Access, BadRequest, ItemNotFound, NotImplemented } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import { z } from 'zod';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { computeImageSummary, computeImageView } from './compute-image.view.js';
import { sortImages } from './image-list.js';
import type { Image } from './image-record.js';
import { ImageService } from './image.service.js';

const metadataSchema = z.object({ metadata: z.record(z.string().min(1), z.string()) });
const metaSchema = z.object({ meta: z.record(z.string().min(1), z.string()) });

/** The images of the Synnefo compute API (compute spec 1.5): the same images, without their data. */
@Access('token')
@Controller('compute/v2.0/images')
export class ComputeImageController {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly images: ImageService,
  ) {}

  @Get()
  async list(@CurrentPrincipal() principal: Principal): Promise<object> {
    const images = await this.sorted(principal);
    return {
      images: images.map((image) => computeImageSummary(image, this.config.CYCLADES_BASE_URL, 'v2.0')),
    };
  }

  @Get('detail')
  async detail(@CurrentPrincipal() principal: Principal): Promise<object> {
    return {
      images: (await this.sorted(principal)).map((image) =>
        computeImageView(image, this.config.CYCLADES_BASE_URL),
      ),
    };
  }

  @Post()
  create(): never {
    throw new NotImplemented('Images are made by the image service.');
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { image: computeImageView(await this.images.get(principal, id), this.config.CYCLADES_BASE_URL) };
  }

  @Delete(':id')
  @HttpCode(204)
  async unregister(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.images.unregister(principal, await this.images.get(principal, id));
  }

  @Get(':id/metadata')
  async metadata(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return { metadata: (await this.images.get(principal, id)).properties };
  }

  @Post(':id/metadata')
  async mergeMetadata(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body({ schema: metadataSchema }) body: z.infer<typeof metadataSchema>,
  ): Promise<object> {
    const image = await this.images.get(principal, id);
    return {
      metadata: (await this.images.update(principal, image, { properties: body.metadata })).properties,
    };
  }

  @Get(':id/metadata/:key')
  async metadataItem(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('key') key: string,
  ): Promise<object> {
    const { properties } = await this.images.get(principal, id);
    const value = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (value === undefined) throw new ItemNotFound('Metadata key not found.');
    return { meta: { [key]: value } };
  }

  @Put(':id/metadata/:key')
  @HttpCode(201)
  async setMetadataItem(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('key') key: string,
    @Body({ schema: metaSchema }) body: z.infer<typeof metaSchema>,
  ): Promise<object> {
    const keys = Object.keys(body.meta);
    if (keys.length !== 1 || keys[0] !== key)
      throw new BadRequest(`The body must hold exactly the key '${key}'.`);
    const image = await this.images.get(principal, id);
    await this.images.update(principal, image, { properties: body.meta });
    return { meta: body.meta };
  }

  @Delete(':id/metadata/:key')
  @HttpCode(204)
  async removeMetadataItem(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('key') key: string,
  ): Promise<void> {
    const image = await this.images.get(principal, id);
    await this.images.update(principal, image, { properties: { [key]: null } });
  }

  private async sorted(principal: Principal): Promise<Image[]> {
    return sortImages(await this.images.list(principal), [{ key: 'id', direction: 'asc' }]);
  }
}
