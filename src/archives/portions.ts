import type { FileHandle } from 'node:fs/promises';

/** What is written at once, in bytes: many small writes take longer than what they write. */
const portion = 1 << 20;

/**
 * Writes chunks one after the other to an open file, many at once, while the next ones come; nothing of them may change
 * before they are flushed. That one cannot be written is an error of a later call, of `flush` at the latest.
 */
export class PortionWriter {
  readonly #file: Pick<FileHandle, 'writev'>;
  #held: Uint8Array[] = [];
  #size = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: Pick<FileHandle, 'writev'>) {
    this.#file = file;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#held.push(chunk);
    this.#size += chunk.length;
    if (this.#size >= portion) await this.#begin();
  }

  /** All is in the file after that. */
  async flush(): Promise<void> {
    await this.#begin();
    await this.#writing;
  }

  /** Begins to write what is held, once what was held before is written. */
  async #begin(): Promise<void> {
    await this.#writing;
    this.#writing = writeAll(this.#file, this.#held);
    // Whoever comes next is told.
    this.#writing.catch(() => undefined);
    this.#held = [];
    this.#size = 0;
  }
}

async function writeAll(file: Pick<FileHandle, 'writev'>, chunks: readonly Uint8Array[]): Promise<void> {
  for (let left = chunks; left.length > 0; ) left = without(left, (await file.writev(left)).bytesWritten);
}

/** What comes after the first bytes. */
function without(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  return chunks.flatMap((chunk) => {
    const rest = chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
    return rest.length > 0 ? [rest] : [];
  });
}
