/** Injection token of the public base URL, without trailing slash. */
export const BASE_URL = Symbol('BASE_URL');
