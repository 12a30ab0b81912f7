import { Controller, Get, Header } from '@nestjs/common';
import { Access, ServiceUnavailable } from '@synnefo/api';
import { DataSource } from '@synnefo/database';

@Access('public')
@Controller('healthcheck')
export class HealthController {
  constructor(private readonly dataSource: DataSource) {}

  @Get()
  @Header('content-type', 'text/plain; charset=utf-8')
  async check(): Promise<string> {
    try {
      await this.dataSource.query('SELECT 1');
    } catch (error) {
      throw new ServiceUnavailable('The database does not answer.', { cause: error });
    }
    return 'OK';
  }
}
