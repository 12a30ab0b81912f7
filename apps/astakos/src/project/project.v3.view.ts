import type { Project } from './project.service.js';
import { DEFAULT_DOMAIN } from './domain.js';

/** A project as Keystone writes it (identity spec 10.5, 10.7). */
export function projectV3View(baseUrl: string, project: Project): object {
  return {
    id: project.uuid,
    name: project.name,
    domain_id: DEFAULT_DOMAIN.id,
    parent_id: DEFAULT_DOMAIN.id,
    description: project.description,
    enabled: project.isActive,
    is_domain: false,
    tags: [],
    options: {},
    links: { self: `${baseUrl}/identity/v3/projects/${project.uuid}` },
  };
}
