import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Archipelago, type Info } from '@synnefo/archipelago';
import type { Logger } from '@synnefo/runtime';
import type { CycladesConfig } from '../config.js';
import { CONFIG, LOGGER } from '../core/tokens.js';

/** The storage engine of this process, opened when it is first needed. It opens no volume: one that is open elsewhere is sealed by its owner (design §9). */
@Injectable()
export class VolumeSealer implements OnApplicationShutdown {
  private opened: Promise<Archipelago> | null = null;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<CycladesConfig, 'ARCHIPELAGO_STORE' | 'SYNNEFO_NODE'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Seals the volume's map under another name. Repeated with the same pair it succeeds. @throws ArchipelagoError */
  async seal(volumeMap: string, snapshotMap: string): Promise<void> {
    await (await this.engine()).snapshot(volumeMap, snapshotMap);
  }

  /** Removes a map that nothing refers to. @throws Busy while a volume is open */
  async discard(map: string): Promise<void> {
    await (await this.engine()).remove(map);
  }

  /** The maps whose names begin with `prefix`. */
  async *maps(prefix: string): AsyncIterable<Info> {
    yield* (await this.engine()).list(prefix);
  }

  async onApplicationShutdown(): Promise<void> {
    await (await this.opened?.catch(() => null))?.close();
  }

  private engine(): Promise<Archipelago> {
    const { ARCHIPELAGO_STORE: store, SYNNEFO_NODE: node } = this.config;
    this.opened ??= Archipelago.open({ store, node, logger: this.logger }).catch((error: unknown) => {
      this.opened = null;
      throw error;
    });
    return this.opened;
  }
}
