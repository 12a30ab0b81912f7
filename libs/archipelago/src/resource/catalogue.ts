import { type Store, listAll, tagOf } from '../driver/store.js';
import type { Info } from '../block-device.js';
import { Corrupt, Exists, NotFound } from '../errors.js';
import { type Head, decodeHead, encodeHead } from '../format/head.js';
import { ALIAS_PREFIX, assertResourceName, mapKey } from '../format/names.js';

/** A head as stored, with the tag that a replacement must match. */
export interface StoredHead {
  readonly head: Head;
  readonly tag: string;
}

const UUID = /^[0-9a-f]{32}$/;

/** What is told about a resource. */
export function infoOf(name: string, head: Head): Info {
  return {
    name,
    uuid: head.uuid,
    sizeBytes: head.sizeBytes,
    blockSizeBytes: head.blockSizeBytes,
    readOnly: head.readOnly,
    fullyHashed: head.fullyHashed,
    ...(head.parentUuid === null ? {} : { parentUuid: head.parentUuid }),
    createdAt: new Date(head.createdMs),
    modifiedAt: new Date(head.modifiedMs),
    attrs: head.attrs,
  };
}

/** Names and heads of resources: `n_<name>` holds a UUID, `h_<uuid>` the head (archipelago spec §6.3). */
export class Catalogue {
  constructor(private readonly maps: Store) {}

  /** The live resource of a name. */
  async find(name: string): Promise<StoredHead | null> {
    assertResourceName(name);
    const uuid = await this.findUuid(name);
    const stored = uuid === null ? null : await this.findHead(uuid);
    return stored === null || stored.head.deleted ? null : stored;
  }

  async get(name: string): Promise<StoredHead> {
    const stored = await this.find(name);
    if (stored === null) throw new NotFound(`no resource ${name}`, { resource: name });
    return stored;
  }

  async findHead(uuid: string): Promise<StoredHead | null> {
    const data = await this.read(mapKey.head(uuid));
    return data === null ? null : { head: decodeHead(data), tag: tagOf(data) };
  }

  /**
   * Makes a resource visible: its head, then, in one conditional step, its name. `Exists` when the name is taken.
   * `confirm` runs in between and may still refuse.
   */
  async add(name: string, head: Head, confirm?: () => Promise<void>): Promise<Info> {
    assertResourceName(name);
    if ((await this.find(name)) !== null) throw new Exists(`resource ${name} exists`, { resource: name });
    await this.maps.put(mapKey.head(head.uuid), encodeHead(head), { durable: true });
    try {
      await confirm?.();
      await this.addAlias(name, head.uuid);
    } catch (error) {
      await this.maps.delete(mapKey.head(head.uuid));
      throw error;
    }
    return infoOf(name, head);
  }

  /** Gives a name to a UUID; success when it has it already. */
  async addAlias(name: string, uuid: string): Promise<void> {
    const key = mapKey.alias(name);
    for (;;) {
      try {
        await this.maps.put(key, Buffer.from(uuid), { ifAbsent: true, durable: true });
        return;
      } catch (error) {
        if (!(error instanceof Exists)) throw error;
      }
      const present = await this.findUuid(name);
      if (present === uuid) {
        await this.maps.sync([key]);
        return;
      }
      if (present === null) continue;
      const other = await this.findHead(present);
      if (other !== null && !other.head.deleted)
        throw new Exists(`resource ${name} exists`, { resource: name });
      // Left over from a removal that was cut short.
      await this.maps.delete(key);
    }
  }

  /** Replaces a head; `Conflict` when somebody else has replaced it. The new tag. */
  async replace(head: Head, tag: string): Promise<string> {
    const data = encodeHead(head);
    await this.maps.put(mapKey.head(head.uuid), data, { ifMatch: tag, durable: true });
    return tagOf(data);
  }

  /** Marks the head as deleted, durably, then takes the name away. The blocks stay for the collector. */
  async remove(name: string, stored: StoredHead): Promise<void> {
    await this.replace({ ...stored.head, deleted: true, modifiedMs: Date.now() }, stored.tag);
    await this.removeAlias(name);
  }

  /** Removes a name whose head is gone or deleted. */
  async removeAlias(name: string): Promise<void> {
    const key = mapKey.alias(name);
    await this.maps.delete(key);
    await this.maps.sync([key]);
  }

  /** UUID behind a name, whatever its head says. */
  async findUuid(name: string): Promise<string | null> {
    const data = await this.read(mapKey.alias(name));
    if (data === null) return null;
    const uuid = data.toString('latin1');
    if (!UUID.test(uuid)) throw new Corrupt(`the name ${name} holds no UUID`, { resource: name });
    return uuid;
  }

  /** Live resources in order of their names. */
  async *list(prefix: string): AsyncGenerator<Info> {
    for await (const key of listAll(this.maps, ALIAS_PREFIX + prefix)) {
      const name = key.slice(ALIAS_PREFIX.length);
      const stored = await this.find(name);
      if (stored !== null) yield infoOf(name, stored.head);
    }
  }

  private async read(key: string): Promise<Buffer | null> {
    try {
      return (await this.maps.get(key)).data;
    } catch (error) {
      if (error instanceof NotFound) return null;
      throw error;
    }
  }
}
