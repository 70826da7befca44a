/**
 * A copy of a string that stands for itself. A slice of a chunk of the log keeps the whole chunk in memory for as long
 * as it lives, so what outlives its line is copied.
 */
export function ownCopy<T extends string>(text: T): T {
  return Buffer.from(text, 'latin1').toString('latin1') as T;
}
