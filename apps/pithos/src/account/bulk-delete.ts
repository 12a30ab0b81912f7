import { Injectable } from '@nestjs/common';
import { Fault, LengthRequired, RequestEntityTooLarge } from '@synnefo/api';

import { ContainerService } from '../container/container.service.js';
import { type Format, negotiateFormat } from '../dialect/dialect.js';
import { percentDecode } from '../dialect/header-text.js';
import type { StoreReply, StoreRequest } from '../dialect/store-request.js';
import { escapeXml } from '../hashmap/hashmap.js';
import { DeleteObject } from '../object/delete-object.js';
import { readSmallBody } from '../object/store-body.js';

/** Names in one request at most; a line is a name, percent-encoded. */
export const MAX_DELETES = 10_000;
const BODY_BYTES = 16 * 1024 * 1024;

interface Report {
  deleted: number;
  notFound: number;
  readonly errors: [name: string, status: string][];
}

/** `?bulk-delete`: many objects and empty containers in one request (storage spec §9.7). Always 200, with a report. */
@Injectable()
export class BulkDelete {
  constructor(
    private readonly objects: DeleteObject,
    private readonly containers: ContainerService,
  ) {}

  async run(request: StoreRequest): Promise<StoreReply> {
    const { headers } = request;
    if (!headers.has('content-length') && !headers.has('transfer-encoding')) throw new LengthRequired();
    const body = await readSmallBody(request.openBody(), BODY_BYTES);
    const names = body.split(/\r?\n/).filter((line) => line.trim() !== '');
    if (names.length > MAX_DELETES)
      throw new RequestEntityTooLarge(`Maximum Bulk Deletes: ${MAX_DELETES} per request`);
    const report: Report = { deleted: 0, notFound: 0, errors: [] };
    for (const name of names) await this.removeOne(request, name.trim(), report);
    const format = negotiateFormat(new URLSearchParams(), headers.get('accept'), request.dialect);
    return { status: 200, headers: { 'Content-Type': format.contentType }, body: reportText(report, format) };
  }

  private async removeOne(request: StoreRequest, name: string, report: Report): Promise<void> {
    try {
      const [container = '', ...rest] = percentDecode(name).replace(/^\//, '').split('/');
      const target: StoreRequest = {
        ...request,
        container,
        object: rest.join('/'),
        openBody: () => request.openBody(),
      };
      await (target.object === '' ? this.containers.remove(target) : this.objects.remove(target));
      report.deleted += 1;
    } catch (error) {
      if (!(error instanceof Fault) || error.code >= 500) throw error;
      if (error.code === 404) report.notFound += 1;
      else report.errors.push([name, `${error.code} ${error.message}`]);
    }
  }
}

function reportText(report: Report, { kind }: Format): string {
  const status = report.errors.length > 0 ? '400 Bad Request' : '200 OK';
  const items = {
    'Number Deleted': report.deleted,
    'Number Not Found': report.notFound,
    'Response Body': '',
    'Response Status': status,
  };
  if (kind === 'json') return JSON.stringify({ ...items, Errors: report.errors });
  if (kind === 'xml') {
    const tags = Object.entries(items).map(([key, value]) => {
      const tag = key.toLowerCase().replace(/ /g, '_');
      return `<${tag}>${value}</${tag}>`;
    });
    const errors = report.errors.map(
      ([name, text]) => `<object><name>${escapeXml(name)}</name><status>${escapeXml(text)}</status></object>`,
    );
    return `<?xml version="1.0" encoding="UTF-8"?>\n<delete>${tags.join('')}<errors>${errors.join('')}</errors></delete>`;
  }
  const lines = Object.entries(items).map(([key, value]) => `${key}: ${value}\n`);
  return `${lines.join('')}Errors:\n${report.errors.map(([name, text]) => `${name}, ${text}\n`).join('')}`;
}
