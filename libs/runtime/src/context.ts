import { AsyncLocalStorage } from 'node:async_hooks';

/** Fields that every log line within the context carries. */
export type ContextFields = Readonly<Record<string, string | number>>;

const storage = new AsyncLocalStorage<ContextFields>();

/** Runs `fn`, and all it awaits, with `fields` added to those of the surrounding context. */
export function withContext<T>(fields: ContextFields, fn: () => T): T {
  return storage.run({ ...storage.getStore(), ...fields }, fn);
}

export function currentContext(): ContextFields {
  return storage.getStore() ?? {};
}
