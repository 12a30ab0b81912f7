import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Holdings and the commissions that change their usage. */
export class CreateQuotaholder1764100000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE holding (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_holding PRIMARY KEY,
        holder text NOT NULL,
        source text,
        resource text NOT NULL,
        quota_limit bigint NOT NULL,
        usage_min bigint NOT NULL DEFAULT 0,
        usage_max bigint NOT NULL DEFAULT 0,
        CONSTRAINT ck_holding_usage CHECK (0 <= usage_min AND usage_min <= usage_max)
      )`);
    // A project's holding has no source, and nulls are distinct in a plain unique constraint; '' is no source.
    await runner.query(
      `CREATE UNIQUE INDEX uq_holding_key ON holding (holder, (coalesce(source, '')), resource)`,
    );
    await runner.query('CREATE INDEX ix_holding_source ON holding (source)');
    await runner.query(`
      CREATE TABLE commission (
        serial bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_commission PRIMARY KEY,
        client_key text NOT NULL,
        name text NOT NULL,
        issued_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX ix_commission_client ON commission (client_key, serial)');
    await runner.query(`
      CREATE TABLE provision (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_provision PRIMARY KEY,
        serial bigint NOT NULL CONSTRAINT fk_provision_commission REFERENCES commission (serial) ON DELETE CASCADE,
        holder text NOT NULL,
        source text,
        resource text NOT NULL,
        quantity bigint NOT NULL
      )`);
    await runner.query('CREATE INDEX ix_provision_serial ON provision (serial)');
    await runner.query(`
      CREATE TABLE provision_log (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_provision_log PRIMARY KEY,
        serial bigint NOT NULL,
        client_key text NOT NULL,
        name text NOT NULL,
        holder text NOT NULL,
        source text,
        resource text NOT NULL,
        quota_limit bigint NOT NULL,
        usage_min bigint NOT NULL,
        usage_max bigint NOT NULL,
        delta_quantity bigint NOT NULL,
        issued_at timestamptz NOT NULL,
        logged_at timestamptz NOT NULL DEFAULT now(),
        reason text NOT NULL
      )`);
    await runner.query('CREATE INDEX ix_provision_log_serial ON provision_log (serial)');
    await runner.query(`
      CREATE TABLE commission_key (
        client_key text NOT NULL,
        idempotency_key text NOT NULL,
        request_hash bytea NOT NULL,
        serial bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_commission_key PRIMARY KEY (client_key, idempotency_key)
      )`);
    await runner.query('CREATE INDEX ix_commission_key_created ON commission_key (created_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE commission_key, provision_log, provision, commission, holding');
  }
}
