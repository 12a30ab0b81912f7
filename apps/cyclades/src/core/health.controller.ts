import { Controller, Get, Header } from '@nestjs/common';
import { Access } from '@synnefo/api';
import { DataSource } from '@synnefo/database';

@Access('public')
@Controller('healthcheck')
export class HealthController {
  constructor(private readonly dataSource: DataSource) {}

  /** Whether this process can serve: it reaches its database. */
  @Get()
  @Header('content-type', 'text/plain; charset=utf-8')
  async check(): Promise<string> {
    await this.dataSource.query('SELECT 1');
    return 'OK';
  }
}
