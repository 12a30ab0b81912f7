import { Controller, Delete, Get, HttpCode, Inject, Param } from '@nestjs/common';
import { Access } from '@synnefo/api';
import { CurrentPrincipal, type Principal } from '@synnefo/auth';
import type { CycladesConfig } from '../config.js';
import { CONFIG } from '../core/tokens.js';
import { computeImageSummary, computeImageV21View } from './compute-image.view.js';
import { ImageService } from './image.service.js';
import { ImageV2Service } from './image-v2.service.js';

/** The image proxy of compute v2.1 below microversion 2.36 (clients spec 4.4). */
@Access('token')
@Controller('compute/v2.1/images')
export class ComputeImageV21Controller {
  constructor(
    @Inject(CONFIG) private readonly config: CycladesConfig,
    private readonly images: ImageService,
    private readonly imagesV2: ImageV2Service,
  ) {}

  @Get()
  async list(@CurrentPrincipal() principal: Principal): Promise<object> {
    const images = await this.images.list(principal);
    return {
      images: images.map((image) => computeImageSummary(image, this.config.CYCLADES_BASE_URL, 'v2.1')),
    };
  }

  @Get('detail')
  async detail(@CurrentPrincipal() principal: Principal): Promise<object> {
    return {
      images: (await this.images.list(principal)).map((image) =>
        computeImageV21View(image, this.config.CYCLADES_BASE_URL),
      ),
    };
  }

  @Get(':id')
  async show(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<object> {
    return {
      image: computeImageV21View(await this.images.get(principal, id), this.config.CYCLADES_BASE_URL),
    };
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.imagesV2.remove(principal, await this.images.get(principal, id));
  }
}
