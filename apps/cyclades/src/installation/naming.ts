/**
 * The names by which Ganeti and Archipelago know our objects: `<prefix>1042`, `<prefix>net-12`, `<prefix>nic-55`, `<prefix>vol-901`,
 * `<prefix>snap-901-1` (ganeti spec 9). The prefix belongs to the database, so that a new one never meets the leavings of an old one.
 */
import type { DataSource } from 'typeorm';

const PREFIX = /^[a-z][a-z0-9-]{0,24}-$/;

export class Naming {
  /** @param prefix ends in `-` */
  constructor(readonly prefix: string) {
    if (!PREFIX.test(prefix))
      throw new Error(`'${prefix}' is no prefix for names: a letter, then a-z, 0-9 and -, ending in -`);
  }

  /** Reads the database's prefix; a new database takes `configured` and keeps it. */
  static async load(dataSource: DataSource, configured: string): Promise<Naming> {
    const insert = 'INSERT INTO installation (id, name_prefix) VALUES (1, $1) ON CONFLICT (id) DO NOTHING';
    await dataSource.query(insert, [new Naming(configured).prefix]);
    const rows: { name_prefix: string }[] = await dataSource.query('SELECT name_prefix FROM installation');
    return new Naming(rows[0]?.name_prefix ?? configured);
  }

  server(id: number): string {
    return `${this.prefix}${id}`;
  }

  network(id: number): string {
    return `${this.prefix}net-${id}`;
  }

  nic(portId: number): string {
    return `${this.prefix}nic-${portId}`;
  }

  /** The Ganeti disk's name and, in Archipelago, the volume's map name. */
  volume(id: number): string {
    return `${this.prefix}vol-${id}`;
  }

  snapshot(volumeId: number, counter: number): string {
    return `${this.prefix}snap-${volumeId}-${counter}`;
  }

  /** @returns null for a name that is not ours */
  serverId(name: string): number | null {
    return this.#id(name, this.prefix);
  }

  networkId(name: string): number | null {
    return this.#id(name, `${this.prefix}net-`);
  }

  portId(name: string): number | null {
    return this.#id(name, `${this.prefix}nic-`);
  }

  volumeId(name: string): number | null {
    return this.#id(name, `${this.prefix}vol-`);
  }

  #id(name: string, prefix: string): number | null {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    return /^[1-9][0-9]{0,9}$/.test(rest) ? Number(rest) : null;
  }
}
