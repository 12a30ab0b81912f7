/** Injection tokens of values that have no class. */
export const CONFIG = Symbol('CycladesConfig');
export const LOGGER = Symbol('Logger');
