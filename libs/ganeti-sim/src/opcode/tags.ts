import { GROUP_NAME, NODE_NAME } from '../cluster/cluster-config.js';
import { type Execute, getInstance, getNetwork, type OpContext } from './context.js';
import { OpError } from './op-error.js';

export interface TagParameters {
  readonly kind: string;
  readonly name?: string;
  readonly tags: readonly string[];
  readonly dry_run?: boolean;
}

const LEGAL = /^[\w.+*/:@-]+$/;
const MAX_LENGTH = 128;
const MAX_TAGS = 4096;

/** OP_TAGS_SET: all of the tags, or none. */
export const setTags: Execute<TagParameters> = async (context, op) => {
  const current = tagsOf(context, op.kind, op.name ?? null);
  for (const tag of op.tags) {
    if (tag === '' || !LEGAL.test(tag)) throw OpError.tag('Tag contains invalid characters');
    if (tag.length > MAX_LENGTH) throw OpError.tag(`Tag too long (maximum ${MAX_LENGTH} characters)`);
  }
  if (new Set([...current, ...op.tags]).size > MAX_TAGS) throw OpError.tag('Too many tags');
  if (op.dry_run === true) return null;
  current.push(...new Set(op.tags.filter((tag) => !current.includes(tag))));
  context.cluster.save();
  return null;
};

/** OP_TAGS_DEL: fails when one of the tags is not there. */
export const deleteTags: Execute<TagParameters> = async (context, op) => {
  const current = tagsOf(context, op.kind, op.name ?? null);
  const missing = op.tags.filter((tag) => !current.includes(tag));
  if (missing.length > 0) {
    throw OpError.prereq(`Tag(s) ${missing.map((tag) => `'${tag}'`).join(', ')} not found`, 'unknown_entity');
  }
  if (op.dry_run === true) return null;
  const kept = current.filter((tag) => !op.tags.includes(tag));
  current.splice(0, current.length, ...kept);
  context.cluster.save();
  return null;
};

/** The list itself. @throws OpError unknown_entity */
export function tagsOf(context: Pick<OpContext, 'cluster'>, kind: string, name: string | null): string[] {
  if (kind === 'cluster') return context.cluster.config.tags;
  if (kind === 'instance') return getInstance(context, name ?? '').tags;
  if (kind === 'network') return getNetwork(context, name ?? '').tags;
  const { nodeTags, groupTags } = context.cluster.config;
  if (kind === 'node' && name === NODE_NAME) return nodeTags;
  if (kind === 'nodegroup' && name === GROUP_NAME) return groupTags;
  throw OpError.prereq(`${kind === 'node' ? 'Node' : 'Group'} '${name ?? ''}' not known`, 'unknown_entity');
}
