/** The rows of a table, one by one: quoted fields, doubled quotes and any line ends, as in RFC 4180. Fields are bytes. */
export function* csvRows(content: Buffer, delimiter: string): Generator<string[], void> {
  const text = content.toString('latin1').replace(/^\xEF\xBB\xBF/, '');
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const [field, end] = text[at] === '"' ? quotedField(text, at, delimiter) : plainField(text, at, delimiter);
    row.push(field);
    at = end;
    if (text[at] === delimiter) {
      at++;
      // A delimiter at the very end has an empty field behind it.
      if (at === text.length) row.push('');
      if (at < text.length) continue;
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    yield row;
    row = [];
  }
}

function plainField(text: string, start: number, delimiter: string): [string, number] {
  let at = start;
  while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++;
  return [text.slice(start, at), at];
}

function quotedField(text: string, start: number, delimiter: string): [string, number] {
  let field = '';
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw new Error('a quoted field has no end');
    field += text.slice(at, quote);
    if (text[quote + 1] !== '"') {
      const next = text[quote + 1] ?? '\n';
      if (![delimiter, '\n', '\r'].includes(next)) throw new Error('a quoted field goes on behind its quote');
      return [field, quote + 1];
    }
    field += '"';
    at = quote + 2;
  }
}
