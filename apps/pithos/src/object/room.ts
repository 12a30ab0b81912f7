import { Inject, Injectable } from '@nestjs/common';
import { ItemNotFound } from '@synnefo/api';
import { type AstakosClient, type Quota, QuotaExceeded } from '@synnefo/astakos-client';
import { Commissions, quotaFault } from '@synnefo/commission';
import { DataSource } from '@synnefo/database';

import { Nodes } from '../node/nodes.js';
import type { ObjectPath } from '../node/path.js';
import { QUOTAS } from '../tokens.js';
import { assertContainerQuota, DISKSPACE, projectOf } from './object-writer.js';

export type Quotas = Pick<AstakosClient, 'serviceQuotas'>;

/**
 * Whether an upload has a chance, before its body is sent. Nothing is reserved: the commission decides when the bytes are there, so what cannot be told
 * here passes.
 */
@Injectable()
export class Room {
  constructor(
    private readonly dataSource: DataSource,
    private readonly nodes: Nodes,
    private readonly commissions: Commissions,
    @Inject(QUOTAS) private readonly quotas: Quotas,
  ) {}

  /** @throws RequestEntityTooLarge over the container's quota, a fault of 413 over the owner's or the project's, ServiceUnavailable */
  async assertFor(path: ObjectPath, deltaBytes: number): Promise<void> {
    if (deltaBytes <= 0) return;
    const container = await this.nodes.findContainer(this.dataSource.manager, path);
    if (!container) throw new ItemNotFound('Container does not exist');
    assertContainerQuota(container, deltaBytes);
    const project = projectOf(container, path.account);
    try {
      if (await this.isEnough(path.account, project, deltaBytes)) return;
      // What was given back may not have been told to Astakos yet.
      await this.commissions.resolveNow();
      const quota = await this.quotaOf(path.account, project);
      if (quota) assertQuota(quota, { user: path.account, project, deltaBytes });
    } catch (error) {
      throw quotaFault(error);
    }
  }

  private async isEnough(user: string, project: string, deltaBytes: number): Promise<boolean> {
    const quota = await this.quotaOf(user, project);
    return quota === undefined || excess(quota, deltaBytes) === null;
  }

  private async quotaOf(user: string, project: string): Promise<Quota | undefined> {
    const quotas = await this.quotas.serviceQuotas({ user });
    return quotas[user]?.[project]?.[DISKSPACE];
  }
}

function excess(quota: Quota, deltaBytes: number): 'user' | 'project' | null {
  const delta = BigInt(deltaBytes);
  if (quota.usage + delta > quota.limit) return 'user';
  return quota.projectUsage + delta > quota.projectLimit ? 'project' : null;
}

function assertQuota(
  quota: Quota,
  { user, project, deltaBytes }: { user: string; project: string; deltaBytes: number },
): void {
  const whose = excess(quota, deltaBytes);
  if (whose === null) return;
  const isUser = whose === 'user';
  throw new QuotaExceeded(
    'The upload is larger than what is left.',
    {
      holder: isUser ? `user:${user}` : `project:${project}`,
      source: isUser ? `project:${project}` : null,
      resource: DISKSPACE,
      quantity: BigInt(deltaBytes),
    },
    isUser ? quota.limit : quota.projectLimit,
    isUser ? quota.usage : quota.projectUsage,
  );
}
