import type { Dialect, Format } from '../dialect/dialect.js';
import { listDate } from '../dialect/dialect.js';
import { escapeXml } from '../hashmap/hashmap.js';
import type { ContainerRow } from '../node/nodes.js';
import type { ListedObject, ListingEntry } from './listing.repository.js';

type Item = Readonly<Record<string, string | number>>;

const XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A page of objects in the format asked for; '' when there is nothing to say (204). */
export function objectListing(
  entries: readonly ListingEntry[],
  container: string,
  format: Format,
  dialect: Dialect,
): string {
  if (format.kind === 'text')
    return lines(entries.map((entry) => ('subdir' in entry ? entry.subdir : entry.name)));
  const items = entries.map((entry) => ('subdir' in entry ? entry : objectItem(entry, dialect)));
  if (format.kind === 'json') return JSON.stringify(items);
  const xml = items.map((item) =>
    'subdir' in item ? `<subdir name="${escapeXml(String(item['subdir']))}"/>` : element('object', item),
  );
  return `${XML_HEAD}<container name="${escapeXml(container)}">${xml.join('')}</container>`;
}

/** A page of containers. */
export function containerListing(
  containers: readonly ContainerRow[],
  account: string,
  format: Format,
  dialect: Dialect,
): string {
  if (format.kind === 'text') return lines(containers.map((container) => container.name));
  const items = containers.map((container) => ({
    name: container.name,
    count: container.objectCount,
    bytes: container.bytesUsed,
    last_modified: listDate(dialect === 'swift' ? container.changedAt : container.objectsChangedAt, dialect),
  }));
  if (format.kind === 'json') return JSON.stringify(items);
  return `${XML_HEAD}<account name="${escapeXml(account)}">${items.map((item) => element('container', item)).join('')}</account>`;
}

function objectItem(entry: ListedObject, dialect: Dialect): Item {
  const item = {
    name: entry.name,
    bytes: entry.sizeBytes,
    hash: entry.checksum,
    content_type: entry.contentType,
    last_modified: listDate(entry.modifiedAt, dialect),
  };
  if (dialect === 'swift') return item;
  return {
    ...item,
    x_object_hash: entry.hash ?? entry.mapName ?? '',
    x_object_uuid: entry.uuid,
    x_object_version: Number(entry.serial),
    x_object_version_timestamp: entry.modifiedAt,
    x_object_modified_by: entry.modifiedBy,
    available: entry.available,
  };
}

function element(name: string, item: Item): string {
  const children = Object.entries(item).map(([key, value]) => `<${key}>${escapeXml(String(value))}</${key}>`);
  return `<${name}>${children.join('')}</${name}>`;
}

function lines(names: readonly string[]): string {
  return names.map((name) => `${name}\n`).join('');
}
