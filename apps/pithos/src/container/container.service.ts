import { Archipelago } from '@synnefo/archipelago';
import { BadRequest, Conflict, Forbidden, ItemNotFound } from '@synnefo/api';
import { DataSource } from '@synnefo/database';
import { Injectable } from '@nestjs/common';

import { AccountService, listingReply } from '../account/account.service.js';
import { httpDate, negotiateFormat, timestampHeader } from '../dialect/dialect.js';
import { encodeHeader } from '../dialect/header-text.js';
import { mergeMeta, metaFromHeaders, metaHeaders } from '../dialect/meta-headers.js';
import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import { BLOCK_HASH, BLOCK_SIZE_BYTES } from '../hashmap/hashmap.js';
import { type ContainerRow, Nodes } from '../node/nodes.js';
import { containerKey } from '../node/path.js';
import { isNotModified } from '../object/conditions.js';
import { projectOf } from '../object/object-writer.js';
import { bodyLength } from '../object/put-object.js';
import { storeBody } from '../object/store-body.js';
import { type SharedPaths, SharingService } from '../sharing/sharing.service.js';
import { Versions } from '../version/versions.js';
import { aclOf, assertOwnProject, assertStoragePolicy, policyFromHeaders } from './container-policy.js';
import { parseListingQuery } from './listing-query.js';
import { ListingRepository } from './listing.repository.js';
import { objectListing } from './listings.js';

/** The container level: HEAD, GET, PUT, POST (metadata, policy, block upload), DELETE. */
@Injectable()
export class ContainerService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly nodes: Nodes,
    private readonly versions: Versions,
    private readonly sharing: SharingService,
    private readonly listings: ListingRepository,
    private readonly accounts: AccountService,
    private readonly archipelago: Archipelago,
  ) {}

  async read(request: StoreRequest): Promise<StoreReply> {
    const { dialect, query } = request;
    const { manager } = this.dataSource;
    const { container, shared } = await this.getVisible(request);
    const format = negotiateFormat(query, request.headers.get('accept'), dialect);
    const headers: Record<string, string> = {
      'Content-Type': format.contentType,
      ...containerHeaders(container, request, shared === null),
    };
    if (
      dialect === 'pithos' &&
      isNotModified(request.headers, { etags: [], modifiedAt: container.objectsChangedAt })
    ) {
      return { status: 304, headers: { 'Last-Modified': headers['Last-Modified'] ?? '' } };
    }
    if (request.method === 'HEAD') return { status: 204, headers };
    const page = parseListingQuery(query, dialect);
    const entries = await this.listings.listObjects(manager, container, page, { dialect, shared });
    return listingReply(objectListing(entries, container.name, format, dialect), headers);
  }

  async put(request: StoreRequest): Promise<StoreReply> {
    assertOwner(request);
    const policy = policyFromHeaders(request.headers);
    const meta = metaFromHeaders(request.headers, 'container', request.dialect);
    mergeMeta({}, meta);
    assertStoragePolicy(request.headers);
    assertOwnProject(request.principal, policy['project']);
    const isNew = await this.ensure(request, request.principal.userUuid, policy['project'] ?? null);
    await this.update(request, { meta, policy, isMerge: true });
    return { status: isNew ? 201 : 202, headers: { 'Content-Type': 'text/html; charset=UTF-8' } };
  }

  async post(request: StoreRequest): Promise<StoreReply> {
    assertOwner(request);
    const isMerge = request.dialect === 'swift' || request.query.has('update');
    const hasBlocks = request.headers.get('content-type') === 'application/octet-stream' && hasBody(request);
    const policy = policyFromHeaders(request.headers);
    if ('project' in policy) throw fixedProject();
    const meta = metaFromHeaders(request.headers, 'container', request.dialect);
    await this.update(request, { meta, policy, isMerge });
    if (!hasBlocks) return { status: request.dialect === 'swift' ? 204 : 202, headers: {} };
    const { hashes } = await storeBody(request.openBody(), bodyLength(request), this.archipelago.blocks);
    const body = JSON.stringify(hashes.map((hash) => hash.toString('hex')));
    return { status: 202, headers: { 'Content-Type': 'application/json; charset=UTF-8' }, body };
  }

  async remove(request: StoreRequest): Promise<StoreReply> {
    assertOwner(request);
    await this.dataSource.transaction(async (tx) => {
      const container = await this.nodes.lockContainer(tx, request);
      if (!container) throw new ItemNotFound('Container does not exist');
      if (container.objectCount > 0) throw new Conflict('Container is not empty');
      await this.nodes.deleteNode(tx, container.id);
    });
    return { status: 204, headers: {} };
  }

  /** Makes the container, charged to `project` (null: the account's own). @returns whether it is new */
  async ensure(
    path: { account: string; container: string },
    actor: string,
    project: string | null,
  ): Promise<boolean> {
    const account = await this.accounts.ensure(path.account);
    return this.dataSource.transaction(async (tx) => {
      const id = await this.nodes.insertNode(tx, { parent: account.id, path: containerKey(path), actor });
      if (id === null) return false;
      if (project !== null) await this.nodes.setPolicy(tx, id, { project });
      await this.nodes.insertStatistics(tx, id);
      return true;
    });
  }

  private async update(
    request: StoreRequest,
    change: { meta: Record<string, string>; policy: Record<string, string | null>; isMerge: boolean },
  ): Promise<void> {
    if (change.isMerge && Object.keys(change.meta).length + Object.keys(change.policy).length === 0)
      return this.getExisting(request);
    await this.dataSource.transaction(async (tx) => {
      const container = await this.nodes.lockContainer(tx, request);
      if (!container) throw new ItemNotFound('Container does not exist');
      const { project, ...policy } = change.policy;
      if (project !== undefined && project !== projectOf(container, request.account)) throw fixedProject();
      const meta = mergeMeta(change.isMerge ? container.meta : {}, change.meta);
      const serial = await this.nodes.touchNode(tx, { id: container.id, actor: request.principal.userUuid });
      await this.versions.insertAttributes(tx, serial, { pithos: meta });
      await this.nodes.setPolicy(tx, container.id, policy);
    });
  }

  private async getExisting(request: StoreRequest): Promise<void> {
    const found = await this.nodes.findContainer(this.dataSource.manager, request);
    if (!found) throw new ItemNotFound('Container does not exist');
  }

  /** @returns with the paths that a caller who is not the owner may see. @throws Forbidden when there are none */
  private async getVisible(
    request: StoreRequest,
  ): Promise<{ container: ContainerRow; shared: SharedPaths | null }> {
    const { manager } = this.dataSource;
    const user = request.principal.userUuid;
    const container = await this.nodes.findContainer(manager, request);
    if (request.account === user) {
      if (!container) throw new ItemNotFound('Container does not exist');
      return { container, shared: null };
    }
    const shared = await this.sharing.sharedWith(manager, user, request);
    if (!container || shared.exact.length === 0) throw new Forbidden();
    return { container, shared };
  }
}

function assertOwner(request: StoreRequest): void {
  if (request.account !== request.principal.userUuid) throw new Forbidden();
}

function fixedProject(): BadRequest {
  return new BadRequest('The project of a container is set when it is made.');
}

function hasBody(request: StoreRequest): boolean {
  const length = request.headers.get('content-length');
  return length === undefined ? request.headers.has('transfer-encoding') : length !== '0';
}

function containerHeaders(
  container: ContainerRow,
  { dialect, account }: StoreRequest,
  isOwner: boolean,
): Record<string, string> {
  const changed = dialect === 'swift' ? container.changedAt : container.objectsChangedAt;
  const common = {
    'Last-Modified': httpDate(changed),
    'X-Timestamp': timestampHeader(container.createdAt),
    'X-Container-Block-Size': String(BLOCK_SIZE_BYTES),
    'X-Container-Block-Hash': BLOCK_HASH,
    'Accept-Ranges': 'bytes',
  };
  if (!isOwner) return common;
  return {
    ...common,
    'X-Container-Object-Count': String(container.objectCount),
    'X-Container-Bytes-Used': String(container.bytesUsed),
    'X-Container-Policy-Quota': container.policy['quota'] ?? '0',
    'X-Container-Policy-Versioning': 'none',
    'X-Container-Policy-Project': encodeHeader(projectOf(container, account), dialect),
    ...aclOf(container.policy),
    ...metaHeaders(container.meta, dialect),
  };
}
