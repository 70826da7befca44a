import { isUtf8 } from 'node:buffer';
import { CannotTell } from '../comparison/comparator.js';

/** A number as it is written: a double would lose digits of it. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

const depthLimit = 500;
/** A value takes many times the memory of its text. */
const valueLimit = 4_000_000;
const numeral = /-?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|Infinity)|NaN/y;
const words: Readonly<Record<string, JsonValue>> = { true: true, false: false, null: null };

/** Reads JSON (RFC 8259), and NaN and Infinity, which Python and R write into it. */
export function parseJson(text: string): JsonValue {
  const reader = new JsonReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

/** Text of it; bytes that are none would all be the same sign. */
export function utf8(content: Buffer): string {
  if (!isUtf8(content)) throw new Error('it is not in UTF-8');
  return content.toString('utf8');
}

class JsonReader {
  #at = 0;
  #values = 0;

  constructor(private readonly text: string) {}

  value(depth: number): JsonValue {
    if (depth > depthLimit) throw new Error(`it is nested more than ${depthLimit} times`);
    if (++this.#values > valueLimit) throw new CannotTell(`it has more than ${valueLimit} values`);
    this.#space();
    switch (this.text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  end(): void {
    this.#space();
    if (this.#at < this.text.length) throw this.#unexpected();
  }

  #object(depth: number): JsonValue {
    const entries = new Map<string, JsonValue>();
    this.#at++;
    for (let first = true; !this.#takes('}'); first = false) {
      if (!first) this.#expect(',');
      this.#space();
      if (this.text[this.#at] !== '"') throw this.#unexpected();
      const key = this.#string();
      this.#expect(':');
      entries.set(key, this.value(depth + 1));
    }
    return entries;
  }

  #array(depth: number): JsonValue {
    const items: JsonValue[] = [];
    this.#at++;
    for (let first = true; !this.#takes(']'); first = false) {
      if (!first) this.#expect(',');
      items.push(this.value(depth + 1));
    }
    return items;
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    this.#at = end + 1;
    return JSON.parse(this.text.slice(start, this.#at)) as string;
  }

  #scalar(): JsonValue {
    numeral.lastIndex = this.#at;
    const [number] = numeral.exec(this.text) ?? [];
    if (number !== undefined) {
      this.#at += number.length;
      return new JsonNumber(number);
    }
    for (const [word, value] of Object.entries(words)) {
      if (!this.text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    throw this.#unexpected();
  }

  #takes(sign: string): boolean {
    this.#space();
    if (this.text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#unexpected();
  }

  #space(): void {
    while (' \t\r\n'.includes(this.text[this.#at] ?? '-')) this.#at++;
  }

  #unexpected(): Error {
    return new Error(this.#at >= this.text.length ? 'it ends too early' : `character ${this.#at + 1} is not expected`);
  }
}
