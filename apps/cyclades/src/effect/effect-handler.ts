import type { RapiClient, SubmitOptions } from '@synnefo/ganeti-rapi';
import type { EntityManager } from 'typeorm';
import type { EffectEntity, EffectObjectType } from './effect.entity.js';

/** What is to be done for an effect, decided from the rows as they are now. */
export type EffectPlan =
  /** One Ganeti job, submitted once and only once. */
  | {
      readonly kind: 'ganeti';
      /** Jobs that must end before, such as the making of a network; harmless when repeated. @returns what the job depends on */
      readonly prepare?: (rapi: RapiClient) => Promise<NonNullable<SubmitOptions['depends']>>;
      /** The options carry the reason and must be handed on. */
      readonly submit: (rapi: RapiClient, options: SubmitOptions) => Promise<number>;
    }
  /** Done here, harmless when repeated: after a crash it is called again. @throws to be tried again; EffectRefused to end in error */
  | { readonly kind: 'direct'; readonly perform: () => Promise<void> }
  /** Nothing is left to do. */
  | { readonly kind: 'none' };

/** A NIC or a disk as the cluster has it. */
export interface InstanceNic {
  readonly name: string | null;
  readonly mac: string | null;
}

/** How an effect ended. */
export interface EffectOutcome {
  readonly status: 'success' | 'error' | 'canceled';
  readonly message: string | null;
  /** The Ganeti job; null when none was made. */
  readonly gntJobId: number | null;
  /** The instance's NICs after the job, in index order; absent when they were not read. */
  readonly nics?: readonly InstanceNic[];
}

/** Everything that an object type has to say about its effects. Registered with `EffectHandlers` when the module starts. */
export interface EffectHandler {
  readonly objectType: EffectObjectType;
  /** Reads only; called again after a crash. */
  plan(effect: EffectEntity): Promise<EffectPlan>;
  /**
   * Changes the rows according to the end, in the transaction that ends the effect (whose row is locked): exactly once an effect. The commission of
   * the effect is accepted or rejected by the caller.
   */
  settle(tx: EntityManager, effect: EffectEntity, outcome: EffectOutcome): Promise<void>;
}

/** Thrown by `perform`: trying again cannot help, the effect ends in error. */
export class EffectRefused extends Error {
  override readonly name = 'EffectRefused';
}
