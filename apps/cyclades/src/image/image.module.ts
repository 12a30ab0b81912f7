import { Module } from '@nestjs/common';
import { ComputeImageController } from './compute-image.controller.js';
import { ComputeImageV21Controller } from './compute-image.v2-1.controller.js';
import { DownloadImage } from './download-image.js';
import { ImageMemberV2Controller } from './image-member.v2.controller.js';
import { ImageVersionController } from './image-version.controller.js';
import { ImageService } from './image.service.js';
import { ImageV2Controller } from './image.v2.controller.js';
import { ImageV2Service } from './image-v2.service.js';
import { PlanktonController } from './plankton.controller.js';
import { UploadImage } from './upload-image.js';

@Module({
  controllers: [
    ImageVersionController,
    PlanktonController,
    ImageV2Controller,
    ImageMemberV2Controller,
    ComputeImageController,
    ComputeImageV21Controller,
  ],
  providers: [ImageService, ImageV2Service, UploadImage, DownloadImage],
  exports: [ImageService],
})
export class ImageModule {}
