import { Forbidden, ItemNotFound, PreconditionFailed } from '@synnefo/api';
import { DataSource } from '@synnefo/database';
import { Injectable } from '@nestjs/common';

import { parseListingQuery } from '../container/listing-query.js';
import { containerListing } from '../container/listings.js';
import { httpDate, negotiateFormat, timestampHeader } from '../dialect/dialect.js';
import { mergeMeta, metaFromHeaders, metaHeaders } from '../dialect/meta-headers.js';
import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import { type AccountRow, type ContainerRow, Nodes } from '../node/nodes.js';
import { SharingService } from '../sharing/sharing.service.js';
import { Versions } from '../version/versions.js';
import { isNotModified } from '../object/conditions.js';

/** The account level: HEAD, GET, POST. An account's row is made when its owner first touches it. */
@Injectable()
export class AccountService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly nodes: Nodes,
    private readonly versions: Versions,
    private readonly sharing: SharingService,
  ) {}

  async read(request: StoreRequest): Promise<StoreReply> {
    const { dialect, headers: requestHeaders, query } = request;
    const format = negotiateFormat(query, requestHeaders.get('accept'), dialect);
    if (request.account !== request.principal.userUuid) return this.readForeign(request);
    const account = await this.ensure(request.account);
    const headers: Record<string, string> = {
      'Content-Type': format.contentType,
      ...accountHeaders(account, request),
    };
    if (dialect === 'pithos' && isNotModified(requestHeaders, { etags: [], modifiedAt: account.changedAt })) {
      return { status: 304, headers: { 'Last-Modified': headers['Last-Modified'] ?? '' } };
    }
    if (request.method === 'HEAD') return { status: 204, headers };
    const page = pageOf(await this.nodes.listContainers(this.dataSource.manager, account.id), request);
    return listingReply(containerListing(page, request.account, format, dialect), headers);
  }

  async post(request: StoreRequest): Promise<StoreReply> {
    if (request.account !== request.principal.userUuid) throw new Forbidden();
    await this.ensure(request.account);
    const given = metaFromHeaders(request.headers, 'account', request.dialect);
    const isMerge = request.dialect === 'swift' || request.query.has('update');
    await this.dataSource.transaction(async (tx) => {
      await tx.query(`SELECT id FROM node WHERE path = $1 FOR UPDATE`, [request.account]);
      const account = await this.nodes.findAccount(tx, request.account);
      if (!account) throw new ItemNotFound('Account does not exist');
      const meta = mergeMeta(isMerge ? account.meta : {}, given);
      const serial = await this.nodes.touchNode(tx, { id: account.id, actor: request.principal.userUuid });
      await this.versions.insertAttributes(tx, serial, { pithos: meta });
    });
    return { status: request.dialect === 'swift' ? 204 : 202, headers: {} };
  }

  async ensure(account: string): Promise<AccountRow> {
    const { manager } = this.dataSource;
    const found = await this.nodes.findAccount(manager, account);
    return found ?? this.dataSource.transaction((tx) => this.nodes.ensureAccount(tx, account));
  }

  /** Others see the containers in which something is shared with them, and nothing else. */
  private async readForeign(request: StoreRequest): Promise<StoreReply> {
    const { dialect, principal, account } = request;
    const { manager } = this.dataSource;
    const names = await this.sharing.sharedContainers(manager, principal.userUuid, account);
    const row = names.length === 0 ? null : await this.nodes.findAccount(manager, account);
    if (!row) throw new Forbidden();
    const format = negotiateFormat(request.query, request.headers.get('accept'), dialect);
    const headers = { 'Content-Type': format.contentType, 'Last-Modified': httpDate(row.changedAt) };
    if (request.method === 'HEAD') return { status: 204, headers };
    const shared = (await this.nodes.listContainers(manager, row.id)).filter(({ name }) =>
      names.includes(name),
    );
    return listingReply(containerListing(pageOf(shared, request), account, format, dialect), headers);
  }
}

/** 204 for an empty text listing, as both dialects want it. */
export function listingReply(body: string, headers: Readonly<Record<string, string>>): StoreReply {
  return body === '' ? { status: 204, headers } : { status: 200, headers, body };
}

function accountHeaders(account: AccountRow, { dialect }: StoreRequest): Record<string, string> {
  return {
    'X-Account-Container-Count': String(account.containerCount),
    'X-Account-Object-Count': String(account.objectCount),
    'X-Account-Bytes-Used': String(account.bytesUsed),
    'X-Timestamp': timestampHeader(account.createdAt),
    'Last-Modified': httpDate(account.changedAt),
    'Accept-Ranges': 'bytes',
    ...metaHeaders(account.meta, dialect),
  };
}

function pageOf(containers: readonly ContainerRow[], { query, dialect }: StoreRequest): ContainerRow[] {
  const page = parseListingQuery(query, dialect);
  if (page.delimiter !== '' && dialect === 'swift')
    throw new PreconditionFailed('Delimiters are not supported here.');
  const [low, high] = page.isReverse ? [page.endMarker, page.marker] : [page.marker, page.endMarker];
  const wanted = containers.filter(
    ({ name }) =>
      name.startsWith(page.prefix) &&
      (low === null || byteOrder(name, low) > 0) &&
      (high === null || byteOrder(name, high) < 0),
  );
  return (page.isReverse ? wanted.reverse() : wanted).slice(0, page.limit);
}

function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
