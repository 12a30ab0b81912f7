import type { ProjectQuota, UserQuota } from './quota.service.js';

type Tree = Record<string, Record<string, object>>;

/** project → resource → six numbers (identity spec 2.3, `quotas`). */
export function quotasView(quotas: readonly UserQuota[]): Tree {
  const tree: Tree = {};
  for (const quota of quotas) (tree[quota.project] ??= {})[quota.resource] = sixNumbers(quota);
  return tree;
}

/** user → project → resource → six numbers. */
export function serviceQuotasView(quotas: readonly UserQuota[]): Record<string, Tree> {
  const tree: Record<string, Tree> = {};
  for (const quota of quotas)
    ((tree[quota.user] ??= {})[quota.project] ??= {})[quota.resource] = sixNumbers(quota);
  return tree;
}

export function projectQuotasView(quotas: readonly ProjectQuota[]): Tree {
  const tree: Tree = {};
  for (const quota of quotas) (tree[quota.project] ??= {})[quota.resource] = projectNumbers(quota);
  return tree;
}

function sixNumbers(quota: UserQuota): object {
  return { limit: quota.limit, usage: quota.usage, pending: quota.pending, ...projectNumbers(quota) };
}

function projectNumbers(quota: ProjectQuota): object {
  return {
    project_limit: quota.projectLimit,
    project_usage: quota.projectUsage,
    project_pending: quota.projectPending,
  };
}
