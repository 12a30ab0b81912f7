import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddGntEventSource1764092000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gnt_event ADD COLUMN source varchar(16)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE gnt_event DROP COLUMN source');
  }
}
