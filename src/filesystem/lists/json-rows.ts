import { reasonOf } from '../../errors.js';
import { type ListFormat, type ListInput, malformed } from './format.js';

/** Some items of one list within a JSON text. */
export interface JsonRows {
  /** What the list is called in the object that it is of. */
  readonly key: string;
  /** Which of the lists it is, in the order of the text. */
  readonly list: number;
  /** The number of the first of the rows in their list. */
  readonly first: number;
  readonly rows: readonly unknown[];
  /** The end of the text before the list, without the items of others. */
  readonly before: string;
}

/** So many bytes are parsed at once: as fast as all of them, and all of them are never held. */
const pieceSize = 1 << 18;

/**
 * Takes the lists of these names out of a JSON text of any length, piece by piece, and gives the rest of it in the end, in
 * which they are empty. Everything is parsed by JSON.parse: what is done here is to find where items begin and end.
 */
export async function* jsonRows(
  { content, where }: Pick<ListInput, 'content' | 'where'>,
  keys: readonly string[],
  format: ListFormat,
): AsyncGenerator<JsonRows, unknown> {
  const scanner = new Scanner(new Set(keys), (key, first, error) =>
    malformed(format, where, `it is not JSON from entry ${first} of its ${key} on (${reasonOf(error)})`, error),
  );
  for await (const chunk of content) {
    scanner.push(chunk);
    yield* scanner.found.splice(0);
  }
  scanner.finish();
  yield* scanner.found.splice(0);
  try {
    return JSON.parse(Buffer.from(scanner.rest, 'latin1').toString('utf8'));
  } catch (cause) {
    throw malformed(format, where, `it is not JSON (${scanner.end ?? reasonOf(cause)})`, cause);
  }
}

/** More than the fields that an object has beside its list. */
const tailSize = 4096;

const code = {
  ...{ quote: 0x22, backslash: 0x5c, comma: 0x2c, colon: 0x3a },
  ...{ open: 0x5b, close: 0x5d, brace: 0x7b, endBrace: 0x7d },
} as const;

class Scanner {
  readonly found: JsonRows[] = [];
  /** All but the items of lists that were taken out, as Latin-1: no character is cut where a chunk ends. */
  rest = '';
  /** The end of that. */
  private tail = '';
  /** The list that is being taken apart; undefined: none is. */
  private key: string | undefined;
  private lists = 0;
  private first = 1;
  private depth = 0;
  private isInString = false;
  private isEscaped = false;
  /** Whether the items of the list are cut apart without looking at each byte, as long as that succeeds. */
  private isGuessing = false;
  /** The last string outside of lists, the name before a colon, and whether nothing but space is behind that. */
  private text = '';
  private name: string | undefined;
  private pieces: Buffer[] = [];
  private length = 0;

  constructor(
    private readonly keys: ReadonlySet<string>,
    private readonly failed: (key: string, first: number, error: unknown) => Error,
  ) {}

  /** Where the text ended, if that was within a list. */
  get end(): string | undefined {
    return this.key === undefined ? undefined : `it ends within its ${this.key}, behind entry ${this.first - 1}`;
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.key === undefined) at = this.outside(chunk, at);
      else if (!this.isGuessing) at = this.inside(chunk, at);
      else {
        this.take(chunk.subarray(at));
        if (this.length >= pieceSize) this.guess();
        return;
      }
    }
  }

  /** No more comes. */
  finish(): void {
    while (this.isGuessing && this.pieces.length > 0) this.look(Buffer.concat(this.pieces));
  }

  /**
   * Cuts behind the last item that seems to end in what is there. What parses as a list has no bracket and no string that
   * is open, so the cut was between two items; what does not is looked at byte by byte, and all that follows, too.
   */
  private guess(): void {
    const bytes = Buffer.concat(this.pieces);
    const cut = bytes.lastIndexOf('},');
    const rows = cut < 0 ? undefined : parsedOrNone(bytes.subarray(0, cut + 1));
    if (!rows) {
      this.look(bytes);
      return;
    }
    this.tell(rows);
    this.pieces = [bytes.subarray(cut + 2)];
    this.length = bytes.length - cut - 2;
  }

  private look(bytes: Buffer): void {
    this.isGuessing = false;
    this.pieces = [];
    this.length = 0;
    this.push(bytes);
  }

  /** Until a list begins that is wanted. */
  private outside(chunk: Buffer, start: number): number {
    let at = start;
    for (; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (this.isInString) {
        if (this.isEscaped) this.isEscaped = false;
        else if (byte === code.backslash) this.isEscaped = true;
        else if (byte === code.quote) this.isInString = false;
        if (this.isInString && this.text.length < 64) this.text += String.fromCharCode(byte);
      } else if (byte === code.quote) {
        this.isInString = true;
        this.text = '';
        this.name = undefined;
      } else if (byte === code.colon) this.name = this.text;
      else if (byte === code.open && this.name !== undefined && this.keys.has(this.name)) {
        this.begin(this.name);
        break;
      } else if (byte > 0x20) this.name = undefined;
    }
    const isBegun = this.key !== undefined;
    this.keep(chunk.subarray(start, isBegun ? at + 1 : at));
    return isBegun ? at + 1 : at;
  }

  private begin(name: string): void {
    this.key = name;
    this.first = 1;
    this.depth = 0;
    this.isGuessing = true;
    this.name = undefined;
  }

  /** Until the list ends, or the chunk does. Texts are most of it, so they are left behind in a loop of their own. */
  private inside(chunk: Buffer, start: number): number {
    const { length } = chunk;
    let [from, at, depth] = [start, start, this.depth];
    for (; at < length; at++) {
      if (this.isInString) {
        at = this.behindString(chunk, at);
        if (at >= length) break;
      }
      const byte = chunk[at] as number;
      if (byte <= 0x20) continue;
      if (byte === code.quote) this.isInString = true;
      else if (byte === code.open || byte === code.brace) depth++;
      else if (byte === code.endBrace || (byte === code.close && depth > 0)) depth--;
      else if (byte === code.close) {
        this.depth = depth;
        this.take(chunk.subarray(from, at));
        this.flush();
        this.key = undefined;
        this.lists++;
        return at;
      } else if (byte === code.comma && depth === 0 && this.length + at - from >= pieceSize) {
        this.take(chunk.subarray(from, at));
        this.flush();
        from = at + 1;
      }
    }
    this.depth = depth;
    this.take(chunk.subarray(from));
    return at;
  }

  /** Where a string goes on that ends in the chunk: behind its quote. */
  private behindString(chunk: Buffer, start: number): number {
    const { length } = chunk;
    let at = this.isEscaped ? start + 1 : start;
    this.isEscaped = false;
    for (; at < length; at++) {
      const byte = chunk[at];
      if (byte === code.backslash) at++;
      else if (byte === code.quote) {
        this.isInString = false;
        return at + 1;
      }
    }
    // A backslash was the last byte.
    this.isEscaped = at > length;
    return length;
  }

  private take(bytes: Buffer): void {
    this.pieces.push(bytes);
    this.length += bytes.length;
  }

  private flush(): void {
    const bytes = Buffer.concat(this.pieces.splice(0));
    this.length = 0;
    try {
      this.tell(parsed(bytes));
    } catch (error) {
      throw this.failed(this.key ?? '', this.first, error);
    }
  }

  private tell(rows: readonly unknown[]): void {
    this.found.push({ key: this.key ?? '', list: this.lists, first: this.first, rows, before: this.tail });
    this.first += rows.length;
  }

  private keep(bytes: Buffer): void {
    const text = bytes.toString('latin1');
    this.rest += text;
    this.tail = (this.tail + text.slice(-tailSize)).slice(-tailSize);
  }
}

/** Items without the brackets around them. */
function parsed(items: Buffer): unknown[] {
  return JSON.parse(`[${items.toString('utf8')}]`) as unknown[];
}

function parsedOrNone(items: Buffer): unknown[] | undefined {
  try {
    return parsed(items);
  } catch {
    return undefined;
  }
}
