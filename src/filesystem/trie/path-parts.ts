const slash = 47;

/** Where the next part of a path begins, in its bytes. */
export function partAfter(path: Uint8Array, end: number): number {
  let from = end;
  while (path[from] === slash) from++;
  return from;
}

/** Where a part ends that begins at `from`. */
export function endOfPart(path: Uint8Array, from: number, length: number): number {
  let to = from;
  while (to < length && path[to] !== slash) to++;
  return to;
}
