import type { ProgressUnit } from '../model/progress.js';
import { showBytes } from '../model/sizes.js';

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
