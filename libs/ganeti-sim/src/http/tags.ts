import { OpError } from '../opcode/op-error.js';
import { tagsOf } from '../opcode/tags.js';
import { HttpError } from './http-error.js';
import type { Handler, RapiCall, RouteContext } from './call.js';
import { dependsOnly, flagOf, submit } from './submit.js';

export function getTags(context: RouteContext, kind: string, { names: [name] }: RapiCall): string[] {
  try {
    return tagsOf(context, kind, name ?? null);
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    const what = kind.slice(0, 1).toUpperCase() + kind.slice(1);
    throw new HttpError(500, `('${what} name ${name ?? ''} not found', 'unknown_entity')`);
  }
}

/** One job for all `tag` arguments. */
export function tagHandler(opId: string, kind: string, resource: string): Handler {
  return ({ queue }, { names: [name], query, body }) => {
    const dryRun = flagOf(query, 'dry-run');
    const fixed = { kind, name, tags: query.getAll('tag'), dry_run: dryRun };
    return submit(queue, { opId, resource, query, body: dependsOnly(body), fixed });
  };
}
