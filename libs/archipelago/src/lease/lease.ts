import { randomBytes } from 'node:crypto';
import { type Store, tagOf } from '../driver/store.js';
import { Busy, Conflict, Exists, NotFound } from '../errors.js';
import { mapKey } from '../format/names.js';
import { type ProcessIdentity, currentProcess, isProcessAlive } from './process-identity.js';

/** Who may hold leases here. */
export interface LeaseIdentity {
  readonly node: string;
  /** Control URL of this process, for whoever needs the volume. */
  readonly control?: string;
}

export interface LeaseOwner extends ProcessIdentity, LeaseIdentity {
  /** Distinguishes several users of the store in one process. */
  readonly instance: string;
}

/** This process, and how it sees the others of its machine. */
export interface Machine {
  readonly process: ProcessIdentity;
  readonly isAlive: (process: ProcessIdentity) => boolean;
}

/** Content of `l_<uuid>`: the owner, null when released, and a generation that only grows (archipelago spec §6.9). */
export interface LeaseContent {
  readonly generation: number;
  readonly owner: LeaseOwner | null;
}

/** A lease this process holds. */
export interface HeldLease {
  readonly generation: number;
  release(): Promise<void>;
}

function isOwner(value: unknown): value is LeaseOwner {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  const isText = ['startTime', 'bootId', 'node', 'instance'].every(
    (name) => typeof fields[name] === 'string',
  );
  return isText && typeof fields.pid === 'number' && ['string', 'undefined'].includes(typeof fields.control);
}

function parseLease(data: Buffer): LeaseContent | null {
  try {
    const value: unknown = JSON.parse(data.toString());
    if (typeof value !== 'object' || value === null || !('generation' in value) || !('owner' in value))
      return null;
    const { generation, owner } = value;
    if (typeof generation !== 'number' || !(owner === null || isOwner(owner))) return null;
    return { generation, owner };
  } catch {
    return null;
  }
}

function nextGeneration(content: LeaseContent | null, lowest: number): number {
  return Math.max(content?.generation ?? 0, lowest) + 1;
}

/** Takes and releases leases of resources in a maps store. */
export class Leases {
  private readonly instance = randomBytes(8).toString('hex');

  constructor(
    private readonly store: Store,
    private readonly identity: LeaseIdentity,
    private readonly machine: Machine = { process: currentProcess(), isAlive: isProcessAlive },
  ) {}

  /** The live holder of a resource's lease, null when it is free. */
  async holder(uuid: string): Promise<LeaseOwner | null> {
    const owner = (await this.read(uuid))?.content?.owner ?? null;
    return owner !== null && this.isHeld(owner) ? owner : null;
  }

  /** Whether the owner is this user of the store. */
  isMine(owner: LeaseOwner): boolean {
    return owner.instance === this.instance;
  }

  /** Whether a process of this node had the lease and is gone without giving it up. */
  async isAbandoned(uuid: string): Promise<boolean> {
    const owner = (await this.read(uuid))?.content?.owner ?? null;
    return owner !== null && !this.isHeld(owner);
  }

  /**
   * Takes the lease with a generation above both the lease's and `lowest`; `Busy` when somebody alive holds it. An owner
   * on this node whose process is gone is free at once; on another node nobody here can tell, so it counts as alive.
   */
  async acquire(uuid: string, lowest: number): Promise<HeldLease> {
    const before = await this.read(uuid);
    const owner = before?.content?.owner;
    if (owner && this.isHeld(owner)) throw this.busy(uuid, owner);
    const generation = nextGeneration(before?.content ?? null, lowest);
    const data = this.encode({ generation, owner: this.me() });
    try {
      await this.store.put(
        mapKey.lease(uuid),
        data,
        before === null ? { ifAbsent: true } : { ifMatch: before.tag },
      );
    } catch (error) {
      if (error instanceof Conflict || error instanceof Exists)
        throw this.busy(uuid, await this.holder(uuid));
      throw error;
    }
    const release = async (): Promise<void> => {
      await this.store.put(mapKey.lease(uuid), this.encode({ generation, owner: null }), {
        ifMatch: tagOf(data),
      });
    };
    return { generation, release };
  }

  private me(): LeaseOwner {
    const { node, control } = this.identity;
    const { pid, startTime, bootId } = this.machine.process;
    const owner = { node, pid, startTime, bootId, instance: this.instance };
    return control === undefined ? owner : { ...owner, control };
  }

  private isHeld(owner: LeaseOwner): boolean {
    return owner.node !== this.identity.node || this.machine.isAlive(owner);
  }

  private busy(uuid: string, owner: LeaseOwner | null): Busy {
    const who = owner === null ? 'somebody' : `process ${owner.pid} on ${owner.node}`;
    return new Busy(`the lease is held by ${who}`, { resource: uuid }, owner?.control);
  }

  private encode(content: LeaseContent): Buffer {
    return Buffer.from(JSON.stringify(content));
  }

  private async read(uuid: string): Promise<{ content: LeaseContent | null; tag: string } | null> {
    try {
      const { data } = await this.store.get(mapKey.lease(uuid));
      return { content: parseLease(data), tag: tagOf(data) };
    } catch (error) {
      if (error instanceof NotFound) return null;
      throw error;
    }
  }
}
