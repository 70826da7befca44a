import type { ProgressUnit } from '../model/progress.js';

/** A number of bytes for people: `12.3 MB`. */
export function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const names = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let at = 0;
  for (; value >= 1000 && at < names.length - 1; at++) value /= 1000;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${names[at]}`;
}

/** A count in its unit: `12 packages`, `3.4 MB`. */
export function showAmount(amount: number, unit: ProgressUnit | undefined): string {
  if (unit === 'bytes') return showBytes(amount);
  return unit === undefined ? String(amount) : `${amount} ${amount === 1 ? unit.replace(/s$/, '') : unit}`;
}

/** A duration for people: `0.4 s`, `12 s`, `3 min 05 s`. */
export function showSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
