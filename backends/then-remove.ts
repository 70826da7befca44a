import { Readable } from 'node:stream';

/** A stream that does not end before what it is made from is gone. */
export function thenRemove(tar: Readable, remove: () => Promise<void>): Readable {
  async function* chunks() {
    try {
      yield* tar;
    } finally {
      tar.destroy();
      await remove();
    }
  }
  return Readable.from(chunks(), { objectMode: false });
}
