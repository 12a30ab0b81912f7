export { AuthModule, type AuthOptions } from './auth.module.js';
export { TOKEN_REVOKED_CHANNEL, tokenHash } from './token-hash.js';
export { CurrentPrincipal, principalOf } from './current-principal.js';
export type { Principal, TokenVerifier } from './principal.js';
export { remoteVerifier, type RemoteVerifierOptions, type TokenSource } from './remote-verifier.js';
