import { ItemNotFound } from '@synnefo/api';
import { DataSource } from '@synnefo/database';
import { Injectable } from '@nestjs/common';

import { parseObjectKey } from '../node/path.js';
import { live, ObjectWriter } from './object-writer.js';

/** Removes objects past their `X-Delete-At`. Readers do not see them already; this frees their bytes and their charge. */
@Injectable()
export class ExpireObjects {
  constructor(
    private readonly dataSource: DataSource,
    private readonly writer: ObjectWriter,
  ) {}

  async run(): Promise<void> {
    const rows: { path: string }[] = await this.dataSource.query(
      `SELECT n.path FROM version v JOIN node n ON n.latest_version = v.serial
        WHERE v.delete_at <= clock_timestamp() ORDER BY v.delete_at LIMIT 1000`,
    );
    for (const { path } of rows) {
      try {
        await this.writer.remove(parseObjectKey(path), (current) => {
          if (live(current)) throw new ItemNotFound(); // written anew meanwhile
        });
      } catch (error) {
        if (!(error instanceof ItemNotFound)) throw error;
      }
    }
  }
}
