import type { Format } from '../dialect/dialect.js';
import { escapeXml } from '../hashmap/hashmap.js';

export interface BulkReport {
  deleted: number;
  notFound: number;
  /** What ended the work before all names were done. */
  failure: string | null;
  readonly errors: [name: string, status: string][];
}

const XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** What stands before everything else, white space too. */
export function reportHead({ kind }: Format): string {
  return kind === 'xml' ? XML_HEAD : '';
}

/** The report in the form that was asked for (storage spec §9.7), behind its head. */
export function reportText(report: BulkReport, { kind }: Format): string {
  const items = {
    'Number Deleted': report.deleted,
    'Number Not Found': report.notFound,
    'Response Body': report.failure ?? '',
    'Response Status': statusOf(report),
  };
  if (kind === 'json') return JSON.stringify({ ...items, Errors: report.errors });
  if (kind === 'xml') {
    const tags = Object.entries(items).map(([key, value]) => {
      const tag = key.toLowerCase().replace(/ /g, '_');
      return `<${tag}>${typeof value === 'string' ? escapeXml(value) : value}</${tag}>`;
    });
    const errors = report.errors.map(
      ([name, text]) => `<object><name>${escapeXml(name)}</name><status>${escapeXml(text)}</status></object>`,
    );
    return `<delete>${tags.join('')}<errors>${errors.join('')}</errors></delete>`;
  }
  const lines = Object.entries(items).map(([key, value]) => `${key}: ${value}\n`);
  return `${lines.join('')}Errors:\n${report.errors.map(([name, text]) => `${name}, ${text}\n`).join('')}`;
}

function statusOf({ failure, errors }: BulkReport): string {
  if (failure !== null) return '503 Service Unavailable';
  return errors.length > 0 ? '400 Bad Request' : '200 OK';
}
