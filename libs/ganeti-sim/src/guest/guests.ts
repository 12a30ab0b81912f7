import type { ClusterStore, DiskConfig, InstanceConfig } from '../cluster/cluster-config.js';
import type { DiskSource } from '../storage/disks.js';

/** How instances run. */
export interface Guests {
  /** Whether the guest runs now; a guest that powered itself off does not. */
  isRunning(instance: InstanceConfig): boolean;
  /** @throws OpError when it cannot be started */
  start(instance: InstanceConfig, disks: readonly DiskSource[]): Promise<void>;
  /** Asks the guest to power off, and kills it when it has not after `timeoutS` seconds; 0 kills at once. */
  stop(instance: InstanceConfig, timeoutS: number): Promise<void>;
  /** The command that gives an operator the serial console; null when there is none. */
  consoleCommand(instance: InstanceConfig): string[] | null;
  /** Gives a running guest a disk. @throws Error when that fails */
  plugDisk(instance: InstanceConfig, source: DiskSource): Promise<void>;
  /** Takes a disk from a running guest. @throws Error when the guest keeps it */
  unplugDisk(instance: InstanceConfig, disk: DiskConfig): Promise<void>;
}

/** Without QEMU: an instance runs when it was started and not stopped. */
export class StateOnlyGuests implements Guests {
  constructor(private readonly cluster: ClusterStore) {}

  isRunning(instance: InstanceConfig): boolean {
    return instance.isOn;
  }

  async start(instance: InstanceConfig): Promise<void> {
    instance.isOn = true;
    this.cluster.save();
  }

  async stop(instance: InstanceConfig): Promise<void> {
    instance.isOn = false;
    this.cluster.save();
  }

  consoleCommand(): null {
    return null;
  }

  async plugDisk(): Promise<void> {
    // nothing runs
  }

  async unplugDisk(): Promise<void> {
    // nothing runs
  }
}

/** Each instance runs as its hypervisor says. */
export class GuestsByHypervisor implements Guests {
  constructor(
    private readonly byHypervisor: Readonly<Record<string, Guests>>,
    private readonly otherwise: Guests,
  ) {}

  isRunning(instance: InstanceConfig): boolean {
    return this.#of(instance).isRunning(instance);
  }

  start(instance: InstanceConfig, disks: readonly DiskSource[]): Promise<void> {
    return this.#of(instance).start(instance, disks);
  }

  stop(instance: InstanceConfig, timeoutS: number): Promise<void> {
    return this.#of(instance).stop(instance, timeoutS);
  }

  consoleCommand(instance: InstanceConfig): string[] | null {
    return this.#of(instance).consoleCommand(instance);
  }

  plugDisk(instance: InstanceConfig, source: DiskSource): Promise<void> {
    return this.#of(instance).plugDisk(instance, source);
  }

  unplugDisk(instance: InstanceConfig, disk: DiskConfig): Promise<void> {
    return this.#of(instance).unplugDisk(instance, disk);
  }

  #of(instance: InstanceConfig): Guests {
    return this.byHypervisor[instance.hypervisor] ?? this.otherwise;
  }
}
