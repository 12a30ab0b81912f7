import { Body, Controller, HttpCode, Put } from '@nestjs/common';
import { Access } from '@synnefo/api';
import { type Component, CurrentComponent } from './current-component.js';
import { RegisterServices } from './register-services.js';
import { type ServicesInput, servicesSchema } from './services.schema.js';

@Access('component')
@Controller('astakos/account/v1.0/services')
export class ServicesController {
  constructor(private readonly registerServices: RegisterServices) {}

  @Put()
  @HttpCode(204)
  register(
    @CurrentComponent() component: Component,
    @Body({ schema: servicesSchema }) body: ServicesInput,
  ): Promise<void> {
    return this.registerServices.run(component, body);
  }
}
