import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { Access } from '@synnefo/api';
import type { z } from 'zod';
import { gntMessagesSchema } from './gnt-callback.schema.js';
import { GntCallbackService } from './gnt-callback.service.js';

/** What the master of a Ganeti cluster has to tell. The guard has checked that the secret is the one of the cluster in the path. */
@Access('internal')
@Controller('ganeti/v1/clusters/:cluster/messages')
export class GntCallbackController {
  constructor(private readonly callbacks: GntCallbackService) {}

  @Post()
  @HttpCode(202)
  async receive(
    @Param('cluster') cluster: string,
    @Body({ schema: gntMessagesSchema }) { messages }: z.infer<typeof gntMessagesSchema>,
  ): Promise<{ accepted: number }> {
    await this.callbacks.receive(cluster, messages);
    return { accepted: messages.length };
  }
}
