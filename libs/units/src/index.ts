export { GIB, KIB, MIB, UNLIMITED } from './bytes.js';
export type { Brand, ProjectUuid, UserUuid } from './brand.js';
export { type Json, toJson } from './json.js';
