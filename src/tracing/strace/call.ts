import { closingQuote, unescapeText } from './text.js';

/** One finished system call as strace printed it. */
export interface Call {
  readonly pid: number;
  readonly name: string;
  /** The arguments as text, not yet decoded. */
  readonly args: readonly string[];
  readonly result: CallResult;
}

export interface CallResult {
  /** NaN when the call never returned (`?`). */
  readonly value: number;
  readonly errno?: string;
  /** What option -y says of a returned descriptor. */
  readonly descriptor?: Descriptor;
}

/** What a descriptor is connected to. */
export interface Descriptor {
  /** Bytes; absolute for files, else such as `pipe:[123]`. */
  readonly path: string;
  readonly deleted: boolean;
}

/** Parses `name(arguments) = result`; undefined when the line is cut short or is not of that form. */
export function parseCall(pid: number, text: string): Call | undefined {
  const open = text.indexOf('(');
  if (open <= 0) return undefined;
  const args: string[] = [];
  const close = splitArguments(text, open + 1, args);
  if (close < 0) return undefined;
  const equals = text.indexOf('= ', close + 1);
  if (equals < 0) return undefined;
  return { pid, name: text.slice(0, open), args, result: parseResult(text.slice(equals + 2)) };
}

/** A descriptor argument such as `3</tmp/x>(deleted)` or `AT_FDCWD</tmp>`. */
export function parseDescriptor(argument: string): Descriptor | undefined {
  const open = argument.indexOf('<');
  if (open < 0) return undefined;
  const close = argument.indexOf('>', open);
  if (close < 0) return undefined;
  return { path: unescapeText(argument.slice(open + 1, close)), deleted: argument.startsWith('(deleted)', close + 1) };
}

function parseResult(text: string): CallResult {
  const value = Number.parseInt(text, 10);
  if (value === -1) {
    const end = text.indexOf(' ', 3);
    return { value, errno: end < 0 ? text.slice(3) : text.slice(3, end) };
  }
  const descriptor = text.indexOf('<') > 0 ? parseDescriptor(text) : undefined;
  return descriptor ? { value, descriptor } : { value };
}

const quote = 0x22;
const openRound = 0x28;
const closeRound = 0x29;
const star = 0x2a;
const comma = 0x2c;
const slash = 0x2f;
const less = 0x3c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Splits at the commas of the outermost level; returns where the closing parenthesis is, or -1. */
function splitArguments(text: string, from: number, args: string[]): number {
  let depth = 0;
  let start = from;
  for (let at = from; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = closingQuote(text, at);
        if (at < 0) return -1;
        break;
      case less:
        if (isDescriptor(text, at)) {
          at = text.indexOf('>', at);
          if (at < 0) return -1;
        }
        break;
      case slash:
        if (text.charCodeAt(at + 1) === star) {
          at = text.indexOf('*/', at) + 1;
          if (at <= 0) return -1;
        }
        break;
      case openRound:
      case openBracket:
      case openBrace:
        depth++;
        break;
      case closeBracket:
      case closeBrace:
        depth--;
        break;
      case comma:
        if (depth === 0) {
          args.push(text.slice(start, at));
          start = text.charCodeAt(at + 1) === 0x20 ? at + 2 : at + 1;
        }
        break;
      case closeRound:
        if (depth === 0) {
          if (at > start || args.length > 0) args.push(text.slice(start, at));
          return at;
        }
        depth--;
        break;
    }
  }
  return -1;
}

/** `<` opens a path after a number or AT_FDCWD; `1<<3` is a shift (a `<` inside a path is printed as `\74`). */
function isDescriptor(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return ((before >= 0x30 && before <= 0x39) || before === 0x44) && text.charCodeAt(at + 1) !== less;
}
