import { BadRequest } from '@synnefo/api';
import type { Image } from './image-record.js';
import { sortImages } from './image-list.js';
import { imageV2View } from './image-v2.view.js';

/*
 * `GET /v2/images`: filters, order and pages (compute spec 9.4, clients spec 4.8). Filters are exact, several of them must all hold; a value may begin with an operator (`in:a,b`,
 * `gte:…`); a name that is no attribute filters by the property of that name.
 */

export type ListQuery = Readonly<Record<string, string | string[] | undefined>>;

export interface ImagePage {
  readonly images: Image[];
  /** Marker of the next page, or null at the end. */
  readonly nextMarker: string | null;
}

const PAGING_KEYS = ['limit', 'marker', 'sort', 'sort_key', 'sort_dir'];
const IGNORED_KEYS = ['member_status', 'changes-since'];
const DEFAULT_LIMIT = 25;
const MAX_LIMIT = 1000;

/** @throws BadRequest for a bad limit, sort, operator or an unknown marker */
export function listImagesV2(images: readonly Image[], query: ListQuery): ImagePage {
  const filters = filtersOf(query);
  const matching = images.filter((image) => {
    const view = imageV2View(image);
    return filters.every((filter) => filter(view));
  });
  const sorted = sortImages(matching, sortsOf(query));
  const marker = first(query.marker);
  const start = marker === undefined ? 0 : sorted.findIndex((image) => image.id === marker) + 1;
  if (marker !== undefined && start === 0) throw new BadRequest(`Marker ${marker} could not be found.`);
  const limit = limitOf(query);
  const page = sorted.slice(start, start + limit);
  const last = page.at(-1);
  return { images: page, nextMarker: start + limit < sorted.length && last !== undefined ? last.id : null };
}

/** The query string again, with another marker or without one; empty when there is nothing. */
export function queryWithMarker(query: ListQuery, marker: string | null): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (key !== 'marker') for (const item of all(value)) params.append(key, item);
  }
  if (marker !== null) params.set('marker', marker);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

type Filter = (view: Record<string, unknown>) => boolean;

function filtersOf(query: ListQuery): Filter[] {
  const filters: Filter[] = [];
  if (query.os_hidden === undefined) filters.push((view) => view.os_hidden === false);
  for (const [key, value] of Object.entries(query)) {
    if (PAGING_KEYS.includes(key) || IGNORED_KEYS.includes(key)) continue;
    for (const text of all(value)) filters.push(filterOf(key, text));
  }
  return filters;
}

function filterOf(key: string, text: string): Filter {
  switch (key) {
    case 'tag':
      return (view) => Array.isArray(view.tags) && view.tags.includes(text);
    case 'visibility':
      return text === 'all' ? () => true : (view) => view.visibility === text;
    case 'size_min':
      return sizeFilter(text, (size, bound) => size >= bound);
    case 'size_max':
      return sizeFilter(text, (size, bound) => size <= bound);
    case 'protected':
    case 'os_hidden':
      return (view) => String(view[key]) === booleanText(text);
    case 'created_at':
    case 'updated_at':
      return timeFilter(key, text);
    default:
      return valueFilter(key, text);
  }
}

function valueFilter(key: string, text: string): Filter {
  const values = text.startsWith('in:') ? text.slice(3).split(',').map(stripQuotes) : [text];
  return (view) => {
    const value = Object.hasOwn(view, key) ? view[key] : undefined;
    return (typeof value === 'string' || typeof value === 'number') && values.includes(String(value));
  };
}

function sizeFilter(text: string, holds: (size: number, bound: number) => boolean): Filter {
  const bound = Number(text);
  if (!Number.isInteger(bound) || bound < 0) throw new BadRequest(`Invalid size '${text}'.`);
  return (view) => holds(typeof view.size === 'number' ? view.size : 0, bound);
}

function timeFilter(key: string, text: string): Filter {
  const match = /^(?:(gte|gt|lte|lt|eq|neq):)?(.+)$/.exec(text);
  const bound = Date.parse(match?.[2] ?? '');
  if (Number.isNaN(bound)) throw new BadRequest(`Invalid time '${text}'.`);
  const holds = TIME_OPERATORS[match?.[1] ?? 'eq'] ?? ((time: number, other: number) => time === other);
  return (view) => holds(Date.parse(String(view[key])), bound);
}

const TIME_OPERATORS: Readonly<Record<string, (time: number, bound: number) => boolean>> = {
  gte: (time, bound) => time >= bound,
  gt: (time, bound) => time > bound,
  lte: (time, bound) => time <= bound,
  lt: (time, bound) => time < bound,
  neq: (time, bound) => time !== bound,
};

function sortsOf(query: ListQuery): { key: string; direction: string }[] {
  const sort = first(query.sort);
  if (sort !== undefined) {
    return sort.split(',').map((item) => {
      const [key = '', direction = 'desc'] = item.trim().split(':');
      return { key, direction };
    });
  }
  const directions = all(query.sort_dir);
  const keys = all(query.sort_key);
  if (keys.length === 0) return [{ key: 'created_at', direction: directions[0] ?? 'desc' }];
  return keys.map((key, index) => ({ key, direction: directions[index] ?? directions[0] ?? 'desc' }));
}

function limitOf(query: ListQuery): number {
  const text = first(query.limit);
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) throw new BadRequest(`Invalid limit '${text}'.`);
  return Math.min(limit, MAX_LIMIT);
}

function booleanText(text: string): string {
  return ['1', 'true', 'yes', 't'].includes(text.toLowerCase()) ? 'true' : 'false';
}

function stripQuotes(text: string): string {
  return text.replace(/^"(.*)"$/, '$1');
}

function all(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function first(value: string | string[] | undefined): string | undefined {
  return all(value)[0];
}
