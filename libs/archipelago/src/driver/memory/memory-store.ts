import { Conflict, Exists, NotFound } from '../../errors.js';
import { assertKey } from '../../format/names.js';
import {
  type ListPage,
  type ObjectData,
  type ObjectRange,
  type ObjectStat,
  type PutOptions,
  type Store,
  tagOf,
} from '../store.js';

interface MemoryObject {
  data: Buffer;
  modifiedMs: number;
}

/** Objects in this process's memory: gone with it. */
export class MemoryStore implements Store {
  protected readonly objects = new Map<string, MemoryObject>();

  async get(key: string, range?: ObjectRange): Promise<ObjectData> {
    const { data } = this.find(key);
    const part = range === undefined ? data : data.subarray(range.offset, range.offset + range.length);
    return { data: Buffer.from(part), totalBytes: data.length };
  }

  async getInto(key: string, offset: number, target: Buffer): Promise<number> {
    const { data } = this.find(key);
    return offset >= data.length ? 0 : data.copy(target, 0, offset);
  }

  async stat(key: string): Promise<ObjectStat> {
    const { data, modifiedMs } = this.find(key);
    return { lengthBytes: data.length, modifiedMs };
  }

  async put(key: string, data: Buffer, options: PutOptions = {}): Promise<void> {
    assertKey(key);
    const present = this.objects.get(key);
    if (options.ifAbsent && present) throw new Exists(`object ${key} exists`, { resource: key });
    if (options.ifMatch !== undefined && (!present || tagOf(present.data) !== options.ifMatch)) {
      throw new Conflict(`object ${key} has changed`, { resource: key });
    }
    this.replace(key, Buffer.from(data));
  }

  async writeAt(key: string, offset: number, data: Buffer): Promise<void> {
    assertKey(key);
    const before = this.objects.get(key)?.data ?? Buffer.alloc(0);
    if (offset + data.length <= before.length) {
      data.copy(before, offset);
      return;
    }
    const after = Buffer.alloc(offset + data.length);
    before.copy(after);
    data.copy(after, offset);
    this.replace(key, after);
  }

  async truncate(key: string, lengthBytes: number): Promise<void> {
    const { data } = this.find(key);
    const after = Buffer.alloc(lengthBytes);
    data.copy(after);
    this.replace(key, after);
  }

  async append(key: string, data: Buffer, options: { expectedLength: number }): Promise<void> {
    assertKey(key);
    const before = this.objects.get(key)?.data ?? Buffer.alloc(0);
    if (before.length !== options.expectedLength) {
      throw new Conflict(`object ${key} has ${before.length} bytes`, { resource: key });
    }
    this.replace(key, Buffer.concat([before, data]));
  }

  async copy(from: string, to: string): Promise<void> {
    assertKey(to);
    this.replace(to, Buffer.from(this.find(from).data));
  }

  async delete(key: string): Promise<void> {
    assertKey(key);
    this.objects.delete(key);
  }

  async list(prefix: string, options: { cursor?: string; limit?: number } = {}): Promise<ListPage> {
    const { cursor = '', limit = 1000 } = options;
    const rest = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > cursor).sort();
    const keys = rest.slice(0, limit);
    return { keys, cursor: rest.length > limit ? (keys.at(-1) ?? null) : null };
  }

  async sync(_keys: readonly string[]): Promise<void> {
    // Memory has nothing below it.
  }

  async close(): Promise<void> {
    // Nothing to release; the objects stay for whoever still holds the store.
  }

  private find(key: string): MemoryObject {
    assertKey(key);
    const found = this.objects.get(key);
    if (!found) throw new NotFound(`no object ${key}`, { resource: key });
    return found;
  }

  private replace(key: string, data: Buffer): void {
    this.objects.set(key, { data, modifiedMs: Date.now() });
  }
}
