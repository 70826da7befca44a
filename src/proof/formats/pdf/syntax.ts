/** A value of PDF; a reference names an object by its number. ISO 32000-1, 7.3 */
export type PdfValue =
  | null
  | boolean
  | number
  | PdfName
  | PdfText
  | PdfReference
  | PdfStream
  | readonly PdfValue[]
  | PdfDictionary;

export type PdfDictionary = ReadonlyMap<string, PdfValue>;

export class PdfName {
  constructor(readonly name: string) {}
}

/** Bytes as latin1. */
export class PdfText {
  constructor(readonly text: string) {}
}

export class PdfReference {
  constructor(readonly object: number) {}
}

export class PdfStream {
  constructor(
    readonly dictionary: PdfDictionary,
    /** As it lies in the file. */
    readonly data: Buffer,
  ) {}
}

const depthLimit = 100;
const space = /(?:[\0\t\n\f\r ]+|%[^\n\r]*)*/y;
const reference = /(\d{1,10})[\0\t\n\f\r ]+\d{1,5}[\0\t\n\f\r ]+R(?![^\0\t\n\f\r ()<>[\]{}/%])/y;
const word = /[^\0\t\n\f\r ()<>[\]{}/%]+/y;
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** Reads values one after another out of the bytes of a file as latin1. */
export class PdfReader {
  constructor(
    private readonly source: string,
    public at = 0,
  ) {}

  value(depth = 0): PdfValue {
    if (depth > depthLimit) throw new Error(`it is nested more than ${depthLimit} times`);
    this.skipSpace();
    if (this.takes('<<')) return this.#dictionary(depth);
    if (this.takes('[')) return this.#items(']', depth);
    if (this.takes('(')) return new PdfText(this.#literal());
    if (this.takes('<')) return new PdfText(this.#hexadecimal());
    if (this.takes('/')) return new PdfName(this.#name());
    const object = this.#match(reference)?.[1];
    return object === undefined ? this.#plain() : new PdfReference(Number(object));
  }

  skipSpace(): void {
    this.#match(space);
  }

  takes(sign: string): boolean {
    if (!this.source.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    return true;
  }

  #dictionary(depth: number): PdfDictionary {
    const entries = new Map<string, PdfValue>();
    const items = this.#items('>>', depth);
    for (let at = 0; at < items.length; at += 2) {
      const [key, value] = [items[at], items[at + 1]];
      if (!(key instanceof PdfName) || value === undefined) throw new Error('a dictionary of it is damaged');
      entries.set(key.name, value);
    }
    return entries;
  }

  #items(end: string, depth: number): PdfValue[] {
    const items: PdfValue[] = [];
    for (;;) {
      this.skipSpace();
      if (this.takes(end)) return items;
      items.push(this.value(depth + 1));
    }
  }

  #plain(): PdfValue {
    const [text] = this.#match(word) ?? [];
    if (text === undefined) throw new Error(`byte ${this.at + 1} is not expected`);
    if (text === 'null') return null;
    if (text === 'true' || text === 'false') return text === 'true';
    const number = Number(text);
    if (Number.isNaN(number)) throw new Error(`'${text.slice(0, 20)}' is not expected`);
    return number;
  }

  #name(): string {
    const [text = ''] = this.#match(word) ?? [];
    return text.replace(/#([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  }

  #literal(): string {
    let text = '';
    for (let open = 1; ; this.at++) {
      const unit = this.source[this.at];
      if (unit === undefined) throw new RangeError('a text has no end');
      if (unit === '\\') text += this.#escaped();
      else if (unit === ')' && --open === 0) break;
      else {
        if (unit === '(') open++;
        text += unit;
      }
    }
    this.at++;
    return text;
  }

  #escaped(): string {
    this.at++;
    const [digits] = /^[0-7]{1,3}/.exec(this.source.slice(this.at, this.at + 3)) ?? [];
    if (digits !== undefined) {
      this.at += digits.length - 1;
      return String.fromCharCode(Number.parseInt(digits, 8) & 0xff);
    }
    const unit = this.source[this.at] ?? '';
    if (unit === '\r' && this.source[this.at + 1] === '\n') this.at++;
    return unit === '\r' || unit === '\n' ? '' : (escapes[unit] ?? unit);
  }

  #hexadecimal(): string {
    const end = this.source.indexOf('>', this.at);
    if (end < 0) throw new RangeError('a text has no end');
    const digits = this.source.slice(this.at, end).replace(/[^0-9A-Fa-f]/g, '');
    this.at = end + 1;
    return Buffer.from(digits.length % 2 === 0 ? digits : `${digits}0`, 'hex').toString('latin1');
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.source) ?? undefined;
    if (match) this.at += match[0].length;
    return match;
  }
}
