import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** A file of this machine as a stream, which fails at its end where the file is not what it should be. */
export interface CheckedFile extends Readable {
  /**
   * Lets a program read the file by itself, from a descriptor, while it is checked here: that takes half as long as to
   * pass it on. Where the file is found wanting, that is the error, whatever came of the work.
   */
  alongside<T>(work: (descriptor: number) => Promise<T>): Promise<T>;
}

/** `check` reads the file from whichever position it likes, and leaves its own alone; nothing is opened before it is read. */
export function checkedFile(open: () => Promise<FileHandle>, check: (file: FileHandle) => Promise<void>): CheckedFile {
  async function* chunks(): AsyncGenerator<Buffer> {
    await using file = await open();
    const sound = check(file);
    // Who stops early does not ask.
    sound.catch(() => undefined);
    yield* file.createReadStream({ autoClose: false, start: 0, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
    await sound;
  }
  return Object.assign(Readable.from(chunks(), { objectMode: false }), {
    async alongside<T>(work: (descriptor: number) => Promise<T>): Promise<T> {
      await using file = await open();
      const [done, sound] = await Promise.allSettled([work(file.fd), check(file)]);
      if (sound.status === 'rejected') throw sound.reason;
      if (done.status === 'rejected') throw done.reason;
      return done.value;
    },
  });
}

export function isCheckedFile(stream: Readable): stream is CheckedFile {
  return 'alongside' in stream;
}
