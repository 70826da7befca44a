import { Readable } from 'node:stream';

/** A stream that does not close, read or not, before what it is made from is gone. */
export function thenRemove(tar: Readable, remove: () => Promise<void>): Readable {
  async function* chunks() {
    try {
      yield Buffer.of();
      yield* tar;
    } finally {
      tar.destroy();
      await remove();
    }
  }
  const begun = chunks();
  // A generator that was never begun is ended without its `finally`.
  void begun.next();
  return Readable.from(begun, { objectMode: false });
}
