import { z } from 'zod';
import { reasonOf } from '../../errors.js';
import type { Numbers } from './columns.js';
import { damaged } from './sections.js';

/** A kind of typed array. */
export interface NumbersKind<T extends Numbers> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): T;
  new (buffer: ArrayBufferLike, offset: number, length: number): T;
}

/** Reads sections as what they should be. */
export class SectionReader {
  constructor(
    private readonly sections: ReadonlyMap<string, Buffer>,
    private readonly where: string,
  ) {}

  bytes(name: string): Buffer {
    const bytes = this.sections.get(name);
    if (!bytes) throw this.fail(name, 'is missing');
    return bytes;
  }

  /** `length`: how many numbers there must be. */
  column<T extends Numbers>(name: string, kind: NumbersKind<T>, length?: number): T {
    const bytes = this.bytes(name);
    const found = bytes.length / kind.BYTES_PER_ELEMENT;
    if (!Number.isInteger(found)) throw this.fail(name, `has ${bytes.length} bytes, which are no whole numbers`);
    if (length !== undefined && found !== length) throw this.fail(name, `has ${found} rows instead of ${length}`);
    if (bytes.byteOffset % kind.BYTES_PER_ELEMENT === 0) return new kind(bytes.buffer, bytes.byteOffset, found);
    return new kind(Uint8Array.from(bytes).buffer, 0, found);
  }

  json<T>(name: string, schema: z.ZodType<T>): T {
    let value: unknown;
    try {
      value = JSON.parse(this.bytes(name).toString());
    } catch (cause) {
      throw this.fail(name, `is not JSON (${reasonOf(cause)})`);
    }
    const result = schema.safeParse(value);
    if (!result.success) throw this.fail(name, `is not what it should be: ${z.prettifyError(result.error)}`);
    return result.data;
  }

  fail(name: string, why: string): Error {
    return damaged(this.where, `its section ${JSON.stringify(name)} ${why}`);
  }
}
