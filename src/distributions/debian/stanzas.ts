/** Where one stanza of a deb822 document lies in its text, which is a latin1 view of the bytes. */
export interface StanzaSpan {
  readonly start: number;
  readonly end: number;
}

/** Stanzas are separated by empty lines. */
export function* stanzaSpans(text: string): Generator<StanzaSpan> {
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n\n', start);
    if (end < 0) {
      if (text.slice(start).trim() !== '') yield { start, end: text.length };
      return;
    }
    if (end > start) yield { start, end };
    start = end + 2;
    while (text.charCodeAt(start) === 0x0a) start++;
  }
}

/** One field's value by a search in the text, without reading the others; continuation lines as they stand. */
export function fieldIn(text: string, { start, end }: StanzaSpan, name: string): string | undefined {
  const prefix = `\n${name}:`;
  const isFirst = text.startsWith(prefix.slice(1), start);
  const found = isFirst ? start - 1 : text.indexOf(prefix, start);
  if (!isFirst && (found < 0 || found >= end)) return undefined;
  const from = found + prefix.length;
  let newline = text.indexOf('\n', from);
  while (newline >= 0 && newline < end && isContinuation(text, newline + 1)) newline = text.indexOf('\n', newline + 1);
  return text.slice(from, newline < 0 || newline > end ? end : newline).trim();
}

function isContinuation(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}

/** All fields, continuation lines kept with their newline and indent; bytes are kept as latin1. */
export function parseStanza(text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  let name: string | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (name !== undefined) fields[name] += `\n${line}`;
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    name = line.slice(0, colon);
    fields[name] = line.slice(colon + 1).trim();
  }
  return fields;
}

/** The UTF-8 reading of a latin1 view. */
export function decodeText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
