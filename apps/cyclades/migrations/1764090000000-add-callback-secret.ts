import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddCallbackSecret1764090000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE backend ADD COLUMN callback_secret_hash bytea CONSTRAINT ck_backend_callback_secret_hash CHECK (length(callback_secret_hash) = 32)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE backend DROP COLUMN callback_secret_hash');
  }
}
