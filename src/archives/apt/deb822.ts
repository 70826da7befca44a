/** One paragraph of fields, by name as written; continuation lines are kept, joined by newlines, without the colon's space. */
export type Stanza = Record<string, string>;

/**
 * The paragraphs of a control file (deb822(5)): fields, continuation lines, and `#` comments.
 * A line that is none of these is skipped, as apt does.
 */
export function parseDeb822(text: string): Stanza[] {
  const stanzas: Stanza[] = [];
  for (const block of text.replaceAll('\r\n', '\n').split(/\n[ \t]*(?:\n[ \t]*)*\n/)) {
    const stanza = parseStanza(block);
    if (Object.keys(stanza).length > 0) stanzas.push(stanza);
  }
  return stanzas;
}

/** One paragraph. */
export function parseStanza(block: string): Stanza {
  const stanza: Stanza = Object.create(null);
  let last: string | undefined;
  for (const line of block.split('\n')) {
    if (line.startsWith('#')) continue;
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (last !== undefined) stanza[last] += `\n${line}`;
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    last = line.slice(0, colon);
    stanza[last] = line.slice(colon + 1).trim();
  }
  return stanza;
}

/** A field by name, whatever its case. */
export function fieldOf(stanza: Readonly<Stanza>, name: string): string | undefined {
  const exact = stanza[name];
  if (exact !== undefined) return exact;
  const wanted = name.toLowerCase();
  const key = Object.keys(stanza).find((candidate) => candidate.toLowerCase() === wanted);
  return key === undefined ? undefined : stanza[key];
}

/** Writes one paragraph, ending in a newline. */
export function formatStanza(stanza: Readonly<Record<string, string>>): string {
  return Object.entries(stanza)
    .map(([name, value]) => (value.startsWith('\n') ? `${name}:${value}\n` : `${name}: ${value}\n`))
    .join('');
}
