/** `2031-01-12T09:59:58Z`: the form of compute and network v2.1. */
export function isoDate(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** `2031-01-12T09:59:58.123000Z`: the form of Keystone v3. */
export function isoDateMicros(date: Date): string {
  return `${date.toISOString().slice(0, 23)}000Z`;
}

/** `2031-01-12T09:59:58.123000`, no zone: the form of block storage, server usage and keypairs (Go clients parse exactly that). */
export function isoDateNoZone(date: Date): string {
  return `${date.toISOString().slice(0, 23)}000`;
}

/** `2031-01-12T09:59:58.123000+00:00`, the fraction only when it is not zero: the form of the Synnefo faces (compute spec 1.0.3). */
export function isoDateOffset(date: Date): string {
  const text = date.toISOString();
  const fraction = date.getUTCMilliseconds() === 0 ? '' : `${text.slice(19, 23)}000`;
  return `${text.slice(0, 19)}${fraction}+00:00`;
}
