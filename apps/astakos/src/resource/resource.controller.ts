import { Controller, Get } from '@nestjs/common';
import { Access } from '@synnefo/api';
import { ResourceService } from './resource.service.js';

@Access('public')
@Controller('astakos/account/v1.0/resources')
export class ResourceController {
  constructor(private readonly resources: ResourceService) {}

  @Get()
  async list(): Promise<object> {
    const resources = (await this.resources.list()).filter(({ isApiVisible }) => isApiVisible);
    return Object.fromEntries(
      resources.map((resource) => [
        resource.name,
        {
          service: resource.serviceOrigin,
          description: resource.description,
          unit: resource.unit,
          ui_visible: resource.isUiVisible,
          api_visible: resource.isApiVisible,
        },
      ]),
    );
  }
}
