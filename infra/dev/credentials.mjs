export function writeCredentials() {}
