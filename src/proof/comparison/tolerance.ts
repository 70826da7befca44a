/** How far two numbers may be apart: whichever of the two allows more. */
export interface Tolerance {
  readonly absolute?: number | undefined;
  readonly relative?: number | undefined;
}

/** A whole text that is one decimal number; with leading zeros it is a name. */
const numeral = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** The number that a text is, NaN and infinity as programs print them; undefined where it is none. */
export function numberIn(text: string): number | undefined {
  if (numeral.test(text)) return Number(text);
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  const [, sign] = /^([+-]?)inf(?:inity)?$/i.exec(text) ?? [];
  if (sign === undefined) return undefined;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Whether two texts are the same, or numbers within a tolerance. */
export function isSameText(expected: string, found: string, tolerance: Tolerance): boolean {
  return expected === found || isSameNumber(expected, found, tolerance);
}

/** Whether two texts are numbers within a tolerance. */
export function isSameNumber(expected: string, found: string, tolerance: Tolerance): boolean {
  const before = numberIn(expected);
  const after = numberIn(found);
  if (before === undefined || after === undefined) return false;
  // More digits than a double has: equal doubles prove nothing.
  const isExact = digitsOf(expected) <= 15 && digitsOf(found) <= 15;
  return isNear(before, after, tolerance) && (isExact || allowsAny(tolerance));
}

/** Whether two numbers are within a tolerance; NaN is NaN. */
export function isNear(expected: number, found: number, { absolute = 0, relative = 0 }: Tolerance): boolean {
  if (Object.is(expected, found) || expected === found) return true;
  if (!Number.isFinite(expected) || !Number.isFinite(found)) return false;
  const distance = Math.abs(expected - found);
  // The distance itself is rounded: a tolerance of 0.1 allows 1.1 for 1.0.
  const rounding = Number.EPSILON * 4 * Math.max(Math.abs(expected), Math.abs(found));
  return distance <= Math.max(absolute, relative * Math.abs(expected)) + rounding && (absolute > 0 || relative > 0);
}

function allowsAny({ absolute = 0, relative = 0 }: Tolerance): boolean {
  return absolute > 0 || relative > 0;
}

function digitsOf(numeral: string): number {
  return numeral.replace(/e.*/i, '').replace(/\D/g, '').replace(/^0+/, '').length;
}
