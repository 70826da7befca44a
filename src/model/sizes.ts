/** A number of bytes for people: `12 MB`, powers of 1000. */
export function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const names = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let at = 0;
  for (; value >= 1000 && at < names.length - 1; at++) value /= 1000;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${names[at]}`;
}
