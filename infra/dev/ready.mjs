export function showReady() {}
