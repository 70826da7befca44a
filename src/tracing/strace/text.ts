/**
 * Undoes the C escapes of a string or path as strace prints them, giving its bytes as a latin1 view.
 * Format: `\n \t \v \f \r \" \\`, up to three octal digits, or `\x` with two hexadecimal ones (strace(1), option -x).
 */
export function unescapeText(text: string): string {
  let at = text.indexOf('\\');
  if (at < 0) return text;
  let bytes = '';
  let from = 0;
  while (at >= 0) {
    bytes += text.slice(from, at);
    const length = escapeLength(text, at);
    bytes += decodeEscape(text.slice(at + 1, at + length));
    from = at + length;
    at = text.indexOf('\\', from);
  }
  return bytes + text.slice(from);
}

/**
 * The bytes of a quoted argument; undefined for anything else (an address, NULL) and for a string that strace cut
 * short (`"..."...`), because a part of a path names another file.
 */
export function quotedText(argument: string): string | undefined {
  if (argument.length < 2 || argument[0] !== '"' || argument[argument.length - 1] !== '"') return undefined;
  return unescapeText(argument.slice(1, -1));
}

/** Where the string that opens at `open` is closed, or -1. */
export function closingQuote(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at > 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at;
}

/** All strings of an array argument such as the argv of execve. */
export function quotedTexts(argument: string): string[] {
  const texts: string[] = [];
  for (let open = argument.indexOf('"'); open >= 0; ) {
    const close = closingQuote(argument, open);
    if (close < 0) break;
    texts.push(unescapeText(argument.slice(open + 1, close)));
    open = argument.indexOf('"', close + 1);
  }
  return texts;
}

const named: Readonly<Record<string, string>> = { n: '\n', t: '\t', v: '\v', f: '\f', r: '\r' };

function escapeLength(text: string, at: number): number {
  const next = text.charCodeAt(at + 1);
  if (next === 0x78) return 4;
  if (!isOctal(next)) return 2;
  if (!isOctal(text.charCodeAt(at + 2))) return 2;
  return isOctal(text.charCodeAt(at + 3)) ? 4 : 3;
}

function decodeEscape(body: string): string {
  if (body[0] === 'x') return String.fromCharCode(Number.parseInt(body.slice(1), 16));
  if (isOctal(body.charCodeAt(0))) return String.fromCharCode(Number.parseInt(body, 8) & 0xff);
  return named[body] ?? body;
}

function isOctal(code: number): boolean {
  return code >= 0x30 && code <= 0x37;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}
