import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Archipelago, type ArchipelagoLogger } from '../archipelago.js';
import type { DaemonConfig } from './config.js';
import { claimControlSocket, ControlServer } from './control-server.js';
import { Exports } from './exports.js';
import { Provider } from './provider.js';

export interface Daemon {
  /** Answers what is under way, flushes, closes all volumes; they are attached again at the next start. */
  stop(): Promise<void>;
}

/**
 * archipelagod: the one process of a node that has volumes open. When this returns, everything that was attached is served again.
 * @throws Exists when another archipelagod serves the control socket
 */
export async function startDaemon(config: DaemonConfig, log: ArchipelagoLogger): Promise<Daemon> {
  await mkdir(path.dirname(config.controlPath), { recursive: true, mode: 0o700 });
  await claimControlSocket(config.controlPath);
  const { store, node } = config;
  const archipelago = await Archipelago.open({
    store,
    node,
    control: `unix:${config.controlPath}`,
    logger: log,
  });
  const exports = await Exports.open(archipelago, config, log);
  const provider = await Provider.open(exports, config);
  const control = await ControlServer.listen(config.controlPath, { exports, provider, log });
  return {
    stop: async () => {
      await control.stop();
      await exports.stop();
      await archipelago.close();
    },
  };
}
