import { Inject, Injectable } from '@nestjs/common';
import { Archipelago } from '@synnefo/archipelago';
import { DataSource } from '@synnefo/database';
import type { Logger } from '@synnefo/runtime';

import { BLOCK_SIZE_BYTES, type Hashmap } from '../hashmap/hashmap.js';
import { LOGGER, NAME_PREFIX } from '../tokens.js';

/**
 * Maps of files in Archipelago. A map's name is written to `loose_map` before the map is made and leaves it in the
 * transaction that adopts it; a map that loses its last version gets its row in that transaction. So whatever the
 * moment of a crash, `sweep` finds every map that nothing refers to.
 */
@Injectable()
export class MapStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly archipelago: Archipelago,
    @Inject(NAME_PREFIX) private readonly prefix: string,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Makes a map of blocks that are all there. It stays loose until a version adopts it.
   * @returns its name `<prefix>file-<sequence>`, or null for no bytes
   * @throws BlockMissing
   */
  async create(map: Hashmap): Promise<string | null> {
    if (map.sizeBytes === 0) return null;
    const rows: { name: string }[] = await this.dataSource.query(
      `INSERT INTO loose_map (map_name) VALUES ($1 || 'file-' || nextval('map_sequence')) RETURNING map_name AS name`,
      [this.prefix],
    );
    const name = rows[0]?.name;
    if (name === undefined) throw new Error('map name was not reserved');
    await this.archipelago.createFromHashes(name, {
      sizeBytes: map.sizeBytes,
      blockSizeBytes: BLOCK_SIZE_BYTES,
      hashes: map.hashes,
    });
    return name;
  }

  /** Removes a loose map now. A failure is only logged: the row stays, and `sweep` comes again. */
  async discard(name: string | null): Promise<void> {
    if (name === null) return;
    try {
      await this.remove(name);
    } catch (err) {
      this.logger.warn({ err, mapName: name }, 'map not removed yet');
    }
  }

  /** Removes maps that are loose for longer than an upload needs to adopt them. @returns how many */
  async sweep(olderThanMs: number): Promise<number> {
    const rows: { map_name: string }[] = await this.dataSource.query(
      `SELECT map_name FROM loose_map WHERE since < clock_timestamp() - $1 * interval '1 millisecond' LIMIT 1000`,
      [olderThanMs],
    );
    for (const { map_name: name } of rows) await this.discard(name);
    return rows.length;
  }

  private async remove(name: string): Promise<void> {
    const used: unknown[] = await this.dataSource.query(`SELECT 1 FROM version WHERE map_name = $1 LIMIT 1`, [
      name,
    ]);
    if (used.length === 0) await this.archipelago.remove(name);
    await this.dataSource.query(`DELETE FROM loose_map WHERE map_name = $1`, [name]);
  }
}
