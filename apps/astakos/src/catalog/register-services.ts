import { Injectable } from '@nestjs/common';
import { BadRequest, Conflict } from '@synnefo/api';
import { DataSource, type EntityManager, transaction } from '@synnefo/database';
import { UNLIMITED } from '@synnefo/units';
import { REGISTRATION_LOCK } from '../project/system-project.js';
import { syncHoldings } from '../quota/holdings.js';
import type { Component } from './current-component.js';
import type { ResourceInput, ServiceInput, ServicesInput } from './services.schema.js';

/**
 * Registers a component's services, endpoints and resources (identity spec 1.5), all or nothing; repeating it changes nothing. Endpoints are replaced.
 * A new resource starts unlimited for system projects, and every initialized project gets a quota row and holdings for it at once. Of a known
 * resource only description, unit and owner are refreshed: defaults and visibility are the operator's.
 */
@Injectable()
export class RegisterServices {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws BadRequest for a document that contradicts itself, Conflict when a service or resource is another component's */
  async run(component: Component, document: ServicesInput): Promise<void> {
    await transaction(this.dataSource, async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock($1)', [REGISTRATION_LOCK]);
      for (const [name, service] of Object.entries(document)) {
        if (service.component !== component.name) {
          throw new BadRequest(
            `Service ${name} names component ${service.component}, not ${component.name}.`,
          );
        }
        await registerService(tx, component, name, service);
        for (const resource of Object.values(service.resources))
          await registerResource(tx, component, name, resource);
      }
    });
  }
}

async function registerService(
  tx: EntityManager,
  component: Component,
  name: string,
  service: ServiceInput,
): Promise<void> {
  const rows: { id: number }[] = await tx.query(
    `INSERT INTO service (name, type, component_id) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET type = excluded.type WHERE service.component_id = excluded.component_id
     RETURNING id`,
    [name, service.type, component.id],
  );
  const serviceId = rows[0]?.id;
  if (serviceId === undefined) throw new Conflict(`Service ${name} belongs to another component.`);
  const known: { face: string; data: Record<string, string> }[] = await tx.query(
    'SELECT face, data FROM endpoint WHERE service_id = $1 ORDER BY id',
    [serviceId],
  );
  const wanted = service.endpoints.map(({ face, ...data }) => ({ face, data: asText(data) }));
  if (isSame(known, wanted)) return;
  await tx.query('DELETE FROM endpoint WHERE service_id = $1', [serviceId]);
  for (const { face, data } of wanted) {
    await tx.query('INSERT INTO endpoint (service_id, face, data) VALUES ($1, $2, $3)', [
      serviceId,
      face,
      data,
    ]);
  }
}

/** All values are text on the wire; booleans are `True` and `False` (identity spec 1.2). */
function asText(data: Record<string, unknown>): Record<string, string> {
  const text = (value: unknown): string =>
    typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
  return Object.fromEntries(
    Object.entries({ 'SNF:exposeVersion': true, ...data })
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([key, value]) => [key, text(value)]),
  );
}

function isSame(
  a: readonly { face: string; data: object }[],
  b: readonly { face: string; data: object }[],
): boolean {
  const form = (list: typeof a) =>
    JSON.stringify(list.map(({ face, data }) => [face, Object.entries(data).sort()]));
  return form(a) === form(b);
}

async function registerResource(
  tx: EntityManager,
  component: Component,
  serviceName: string,
  resource: ResourceInput,
): Promise<void> {
  if (resource.service_origin !== serviceName) {
    throw new BadRequest(
      `Resource ${resource.name} names service ${resource.service_origin}, not ${serviceName}.`,
    );
  }
  if (resource.ui_visible && !resource.api_visible) {
    throw new BadRequest(`Resource ${resource.name} is shown in the UI, so it must be shown in the API.`);
  }
  const owners: { component_id: number }[] = await tx.query(
    `SELECT s.component_id FROM resource r JOIN service s ON s.name = r.service_origin WHERE r.name = $1`,
    [resource.name],
  );
  if (owners[0] !== undefined && owners[0].component_id !== component.id) {
    throw new Conflict(`Resource ${resource.name} belongs to another component.`);
  }
  const facts = [resource.name, resource.desc, resource.unit ?? null, resource.service_type, serviceName];
  const projectDefault = resource.api_visible ? 0n : UNLIMITED;
  const visibility = [resource.api_visible, resource.ui_visible];
  const rows: { id: number; is_new: boolean }[] = await tx.query(
    `INSERT INTO resource (name, description, unit, service_type, service_origin, system_default, project_default,
                           is_api_visible, is_ui_visible)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (name) DO UPDATE SET description = excluded.description, unit = excluded.unit,
       service_type = excluded.service_type, service_origin = excluded.service_origin
     RETURNING id, (xmax = 0) AS is_new`,
    [...facts, UNLIMITED.toString(), projectDefault.toString(), ...visibility],
  );
  if (rows[0]?.is_new === true) await addToProjects(tx, rows[0].id);
}

async function addToProjects(tx: EntityManager, resourceId: number): Promise<void> {
  const projects: { id: number }[] = await tx.query(
    `SELECT id FROM project WHERE state IN ('active', 'suspended', 'terminated') ORDER BY id FOR UPDATE`,
  );
  await tx.query(
    `INSERT INTO project_resource_quota (project_id, resource_id, project_capacity, member_capacity)
     SELECT p.id, r.id, capacity, capacity FROM project p, resource r,
       LATERAL (SELECT CASE WHEN p.is_system THEN r.system_default ELSE r.project_default END AS capacity) AS c
     WHERE r.id = $1 AND p.id = ANY($2) ON CONFLICT DO NOTHING`,
    [resourceId, projects.map(({ id }) => id)],
  );
  await syncHoldings(
    tx,
    projects.map(({ id }) => id),
  );
}
