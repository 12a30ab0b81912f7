/** `2031-01-12T09:59:58Z`: the form of compute and network v2.1. */
export function isoDate(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** `2031-01-12T09:59:58.123000Z`: the form of Keystone v3. */
export function isoDateMicros(date: Date): string {
  return `${date.toISOString().slice(0, 23)}000Z`;
}
