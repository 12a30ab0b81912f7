import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';
import { Fault, LengthRequired, RequestEntityTooLarge } from '@synnefo/api';
import { DataSource } from '@synnefo/database';
import type { Logger } from '@synnefo/runtime';

import { ContainerService } from '../container/container.service.js';
import { type Format, negotiateFormat } from '../dialect/dialect.js';
import { percentDecode } from '../dialect/header-text.js';
import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import { objectKey, type ObjectPath } from '../node/path.js';
import { ObjectWriter } from '../object/object-writer.js';
import { readSmallBody } from '../object/store-body.js';
import { LOGGER } from '../tokens.js';
import { Versions } from '../version/versions.js';
import { type BulkReport, reportHead, reportText } from './bulk-report.js';

/** Names in one request at most; a line is a name, percent-encoded. */
export const MAX_DELETES = 10_000;
const BODY_BYTES = 16 * 1024 * 1024;
/** Objects that are looked up, and deleted, at once. */
const BATCH = 200;
/** Clients and proxies give up on a connection on which nothing comes. */
const QUIET_MS = 2_000;

/** Object keys of one account still to be deleted → the name as it was given. */
type Batch = Map<string, { path: ObjectPath; name: string }>;

interface Work {
  readonly request: StoreRequest;
  readonly names: readonly string[];
  readonly report: BulkReport;
  /** Nobody waits for the answer any more. */
  readonly stop: AbortController;
}

/**
 * `?bulk-delete`: many objects and empty containers in one request (storage spec §9.7), in the order of the list. Always 200, with a report; white space
 * comes before it when the work takes long.
 */
@Injectable()
export class BulkDelete {
  constructor(
    private readonly dataSource: DataSource,
    private readonly versions: Versions,
    private readonly writer: ObjectWriter,
    private readonly containers: ContainerService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async run(request: StoreRequest): Promise<StoreReply> {
    const { headers } = request;
    const names = await namesOf(request);
    const report: BulkReport = { deleted: 0, notFound: 0, failure: null, errors: [] };
    const work: Work = { request, names, report, stop: new AbortController() };
    const format = negotiateFormat(new URLSearchParams(), headers.get('accept'), request.dialect);
    const done = this.removeAll(work).then(() => true);
    const isDone = await Promise.race([done, delay(QUIET_MS, false, { ref: false })]);
    const body = isDone
      ? reportHead(format) + reportText(report, format)
      : Readable.from(this.slowly(work, done, format), { objectMode: false });
    return { status: 200, headers: { 'Content-Type': format.contentType }, body };
  }

  private async *slowly(work: Work, done: Promise<boolean>, format: Format): AsyncGenerator<string> {
    const settled = done.catch((error: unknown) => {
      this.logger.error({ err: error }, 'bulk delete failed');
      work.report.failure = error instanceof Fault ? error.message : 'Internal server error.';
      return true;
    });
    try {
      yield reportHead(format);
      do yield ' ';
      while (!(await Promise.race([settled, delay(QUIET_MS, false, { ref: false })])));
      yield reportText(work.report, format);
    } finally {
      work.stop.abort();
    }
  }

  private async removeAll(work: Work): Promise<void> {
    const { request, report } = work;
    const isOwner = request.account === request.principal.userUuid;
    let batch: Batch = new Map();
    for (const name of work.names) {
      if (work.stop.signal.aborted) return;
      const path = parseName(request.account, name);
      if (path === null) report.errors.push([name, '412 Invalid UTF8 or contains NULL']);
      else if (!isOwner) report.errors.push([name, '403 Forbidden']);
      else if (path.object === '') {
        await this.removeObjects(batch, report);
        batch = new Map();
        await this.removeContainer({ ...request, ...path, openBody: () => request.openBody() }, name, report);
      } else if (batch.has(objectKey(path))) report.notFound += 1;
      else batch.set(objectKey(path), { path, name });
      if (batch.size < BATCH) continue;
      await this.removeObjects(batch, report);
      batch = new Map();
    }
    await this.removeObjects(batch, report);
  }

  private async removeObjects(batch: Batch, report: BulkReport): Promise<void> {
    if (batch.size === 0) return;
    const found = await this.versions.findObjects(this.dataSource.manager, [...batch.keys()]);
    report.notFound += batch.size - found.length;
    for (const container of new Set(found.map(({ path }) => path.container))) {
      const paths = found.map(({ path }) => path).filter((path) => path.container === container);
      const names = paths.map((path) => batch.get(objectKey(path))?.name ?? path.object);
      await counted(report, names, async () => {
        const deleted = await this.writer.removeAll(paths);
        report.deleted += deleted;
        report.notFound += paths.length - deleted;
      });
    }
  }

  private async removeContainer(target: StoreRequest, name: string, report: BulkReport): Promise<void> {
    await counted(report, [name], async () => {
      await this.containers.remove(target);
      report.deleted += 1;
    });
  }
}

/** Puts a refusal into the report. @throws what is nobody's mistake but ours */
async function counted(report: BulkReport, names: string[], fn: () => Promise<void>): Promise<void> {
  try {
    await fn();
  } catch (error) {
    if (!(error instanceof Fault) || error.code >= 500) throw error;
    if (error.code === 404) report.notFound += names.length;
    else for (const name of names) report.errors.push([name, `${error.code} ${error.message}`]);
  }
}

async function namesOf(request: StoreRequest): Promise<string[]> {
  const { headers } = request;
  if (!headers.has('content-length') && !headers.has('transfer-encoding')) throw new LengthRequired();
  const body = await readSmallBody(request.openBody(), BODY_BYTES);
  const names = body.split(/\r?\n/).map((line) => line.trim());
  const given = names.filter((name) => name !== '');
  if (given.length > MAX_DELETES)
    throw new RequestEntityTooLarge(`Maximum Bulk Deletes: ${MAX_DELETES} per request`);
  return given;
}

/** @returns null when the name is no text */
function parseName(account: string, name: string): ObjectPath | null {
  try {
    const [container = '', ...rest] = percentDecode(name).replace(/^\//, '').split('/');
    const path = { account, container, object: rest.join('/') };
    return objectKey(path).includes('\0') ? null : path;
  } catch {
    return null;
  }
}
