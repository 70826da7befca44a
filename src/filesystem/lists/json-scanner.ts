/** Some items of one list within a JSON text. */
export interface JsonRows<Taken = never> {
  /** What the list is called in the object that it is of. */
  readonly key: string;
  /** Which of the lists it is, in the order of the text. */
  readonly list: number;
  /** The number of the first of the rows in their list. */
  readonly first: number;
  readonly rows: readonly unknown[] | Taken;
  /** The end of the text before the list, without the items of others. */
  readonly before: string;
}

/** Takes items that it can tell by their bytes, each with the comma behind it, and says where the first of the others begins. */
export type Take<Taken> = (bytes: Buffer) => {
  readonly rows: Taken & { readonly length: number };
  readonly stop: number;
};

/** So many bytes are parsed at once: as fast as all of them, and all of them are never held. */
const pieceSize = 1 << 18;

/** More than the fields that an object has beside its list. */
const tailSize = 4096;

const code = {
  ...{ quote: 0x22, backslash: 0x5c, comma: 0x2c, colon: 0x3a },
  ...{ open: 0x5b, close: 0x5d, brace: 0x7b, endBrace: 0x7d },
} as const;

/** Finds where the items of lists begin and end, in chunks of any length. */
export class Scanner<Taken> {
  readonly found: JsonRows<Taken>[] = [];
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
    private readonly takeRows: Take<Taken> | undefined,
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
        this.take(this.untold(chunk.subarray(at)));
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
    this.pieces = [];
    this.length = 0;
    this.take(bytes.subarray(cut + 2));
  }

  /** Takes what can be told by its bytes, where it stands: to join all chunks would copy each. What is left of this one. */
  private untold(chunk: Buffer): Buffer {
    const start = this.endOfBegun(chunk);
    if (!this.takeRows || start === undefined) return chunk;
    const taken = this.takeRows(chunk.subarray(start));
    if (taken.rows.length > 0) this.tell(taken.rows);
    return chunk.subarray(start + taken.stop);
  }

  /** Takes the item that began in earlier chunks; where it ends in this one, or undefined. */
  private endOfBegun(chunk: Buffer): number | undefined {
    if (this.length === 0) return 0;
    const end = chunk.indexOf('},') + 2;
    if (end < 2) return undefined;
    const item = Buffer.concat([...this.pieces, chunk.subarray(0, end)]);
    const taken = this.takeRows?.(item);
    if (!taken || taken.rows.length === 0 || taken.stop < item.length) return undefined;
    this.tell(taken.rows);
    this.pieces = [];
    this.length = 0;
    return end;
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
    this.pieces.push(Buffer.from(bytes)); // chunks pass
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

  private tell(rows: (readonly unknown[] | Taken) & { readonly length: number }): void {
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
