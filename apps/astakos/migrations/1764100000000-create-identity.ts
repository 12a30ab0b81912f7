import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Users, their tokens, projects and memberships; components with their services, endpoints and resources. */
export class CreateIdentity1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE astakos_user (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_astakos_user PRIMARY KEY,
        uuid uuid NOT NULL CONSTRAINT uq_astakos_user_uuid UNIQUE,
        username text NOT NULL CONSTRAINT uq_astakos_user_username UNIQUE,
        email text NOT NULL,
        first_name text NOT NULL,
        last_name text NOT NULL,
        password_hash text,
        is_active boolean NOT NULL,
        is_admin boolean NOT NULL,
        default_project_uuid uuid NOT NULL,
        joined_at timestamptz NOT NULL DEFAULT now(),
        last_login_at timestamptz
      )`);
    await runner.query(`
      CREATE TABLE token (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_token PRIMARY KEY,
        hash bytea NOT NULL CONSTRAINT uq_token_hash UNIQUE,
        user_id integer NOT NULL CONSTRAINT fk_token_user REFERENCES astakos_user (id) ON DELETE CASCADE,
        scope text NOT NULL,
        project_uuid uuid,
        methods text[] NOT NULL,
        audit_ids text[] NOT NULL,
        issued_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT ck_token_scope CHECK (scope IN ('default', 'project', 'unscoped', 'domain', 'system')),
        CONSTRAINT ck_token_project CHECK ((scope = 'project') = (project_uuid IS NOT NULL))
      )`);
    await runner.query('CREATE INDEX ix_token_user ON token (user_id)');
    await runner.query('CREATE INDEX ix_token_expires ON token (expires_at)');
    await runner.query(`
      CREATE TABLE project (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_project PRIMARY KEY,
        uuid uuid NOT NULL CONSTRAINT uq_project_uuid UNIQUE,
        name text CONSTRAINT uq_project_name UNIQUE,
        real_name text NOT NULL,
        owner_id integer CONSTRAINT fk_project_owner REFERENCES astakos_user (id),
        is_system boolean NOT NULL,
        state text NOT NULL,
        description text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_project_state CHECK (state IN ('uninitialized', 'active', 'suspended', 'terminated', 'deleted'))
      )`);
    await runner.query(`
      CREATE TABLE project_membership (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_project_membership PRIMARY KEY,
        user_id integer NOT NULL CONSTRAINT fk_project_membership_user REFERENCES astakos_user (id) ON DELETE CASCADE,
        project_id integer NOT NULL CONSTRAINT fk_project_membership_project REFERENCES project (id) ON DELETE CASCADE,
        state text NOT NULL,
        is_initialized boolean NOT NULL,
        CONSTRAINT uq_project_membership_user_project UNIQUE (user_id, project_id),
        CONSTRAINT ck_project_membership_state CHECK (state IN
          ('requested', 'accepted', 'leave_requested', 'suspended', 'rejected', 'cancelled', 'removed'))
      )`);
    await runner.query('CREATE INDEX ix_project_membership_project ON project_membership (project_id)');
    await runner.query(`
      CREATE TABLE component (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_component PRIMARY KEY,
        name text NOT NULL CONSTRAINT uq_component_name UNIQUE,
        base_url text NOT NULL,
        ui_url text,
        token_hash bytea NOT NULL CONSTRAINT uq_component_token UNIQUE,
        token_created_at timestamptz NOT NULL DEFAULT now(),
        token_expires_at timestamptz
      )`);
    await runner.query(`
      CREATE TABLE service (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_service PRIMARY KEY,
        name text NOT NULL CONSTRAINT uq_service_name UNIQUE,
        type text NOT NULL,
        component_id integer NOT NULL CONSTRAINT fk_service_component REFERENCES component (id) ON DELETE CASCADE
      )`);
    await runner.query(`
      CREATE TABLE endpoint (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_endpoint PRIMARY KEY,
        service_id integer NOT NULL CONSTRAINT fk_endpoint_service REFERENCES service (id) ON DELETE CASCADE,
        face text NOT NULL,
        data jsonb NOT NULL,
        CONSTRAINT ck_endpoint_face CHECK (face IN ('v2', 'v3'))
      )`);
    await runner.query('CREATE INDEX ix_endpoint_service ON endpoint (service_id)');
    await runner.query(`
      CREATE TABLE resource (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_resource PRIMARY KEY,
        name text NOT NULL CONSTRAINT uq_resource_name UNIQUE,
        description text NOT NULL,
        unit text,
        service_type text NOT NULL,
        service_origin text NOT NULL,
        system_default bigint NOT NULL,
        project_default bigint NOT NULL,
        is_api_visible boolean NOT NULL,
        is_ui_visible boolean NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE project_resource_quota (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_project_resource_quota PRIMARY KEY,
        project_id integer NOT NULL CONSTRAINT fk_project_resource_quota_project REFERENCES project (id) ON DELETE CASCADE,
        resource_id integer NOT NULL CONSTRAINT fk_project_resource_quota_resource REFERENCES resource (id),
        project_capacity bigint NOT NULL,
        member_capacity bigint NOT NULL,
        CONSTRAINT uq_project_resource_quota_project_resource UNIQUE (project_id, resource_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE project_resource_quota, resource, endpoint, service, component,
      project_membership, project, token, astakos_user`);
  }
}
