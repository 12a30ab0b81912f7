/** A server's rows, as much of them as is compared with its instance. */
import type { Operstate, ServerAction } from '../server/server.entity.js';

export interface PortRow {
  readonly id: number;
  readonly networkId: number;
  readonly index: number | null;
  readonly mac: string | null;
  readonly ipv4: string | null;
  /** Made or changed within the last two minutes and not reported by the cluster yet. */
  readonly isYoung: boolean;
}

export interface VolumeRow {
  readonly id: number;
  readonly index: number | null;
  readonly sizeGib: number;
  readonly project: string;
}

export interface ServerRow {
  readonly id: number;
  /** Changes with every write of the row. */
  readonly version: string;
  readonly backendId: number;
  readonly userUuid: string;
  readonly project: string;
  readonly operstate: Operstate;
  readonly action: ServerAction | null;
  readonly task: ServerAction | null;
  readonly chargesRunning: boolean;
  readonly cpu: number;
  readonly ramMib: number;
  /** An effect of it is open. */
  readonly isBusy: boolean;
  readonly ports: readonly PortRow[];
  readonly volumes: readonly VolumeRow[];
}
