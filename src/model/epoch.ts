/** An epoch, in seconds since 1970, as specs write it: ISO 8601 in UTC, whole seconds. */
export function isoDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
