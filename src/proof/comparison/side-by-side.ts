/** The items of two sequences in pairs, `undefined` where one has ended before the other. */
export function* sideBySide<Item>(
  expected: Iterable<Item>,
  found: Iterable<Item>,
): Generator<readonly [Item | undefined, Item | undefined], void> {
  const before = expected[Symbol.iterator]();
  const after = found[Symbol.iterator]();
  for (;;) {
    const one = before.next();
    const other = after.next();
    if (one.done && other.done) return;
    yield [one.done ? undefined : one.value, other.done ? undefined : other.value];
  }
}
