export type Numbers = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array;

/** The same array with room for at least `length` numbers; what it held stays where it was. */
export function withRoom<T extends Numbers>(array: T, length: number): T {
  if (array.length >= length) return array;
  const grown = new (array.constructor as new (length: number) => T)(Math.max(length, array.length * 2, 64));
  grown.set(array);
  return grown;
}
