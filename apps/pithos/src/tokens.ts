/** Injection tokens of what is no class: made once in `main.ts` or `worker.ts`. */
export const LOGGER = Symbol('logger');
export const NAME_PREFIX = Symbol('name prefix');
export const CHECKSUM_PRODUCER = Symbol('checksum producer');
export const QUOTAS = Symbol('quotas');
export const PASSWORD_LOGIN = Symbol('password login');
export const FACE = Symbol('face');
export const TOKEN_VERIFIER = Symbol('token verifier');
