import type { Instruction } from './recipe.js';

/** Of a here-document: `<<EOF`, `<<-EOF`, `<<"EOF"`; what a shell would take for one inside words is none. */
const heredocPattern = /(?:^|\s)\d*<<(-?)(["']?)([A-Za-z_][\w.]*)\2/g;
const takesHeredocs = new Set(['RUN', 'COPY', 'ADD']);

/**
 * A Dockerfile as its instructions: lines that end in the escape go on, comments and empty lines between them do not
 * count, here-documents belong to what they stand below. https://docs.docker.com/reference/dockerfile/#format
 */
export function instructionsOf(text: string): Instruction[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const ending = escapeOf(lines);
  const goesOn = ending === '`' ? /`[ \t]*$/ : /\\[ \t]*$/;
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (isSkipped(lines[at] ?? '')) continue;
    const first = at;
    let joined = '';
    for (; at < lines.length; at++) {
      const line = lines[at] ?? '';
      if (at > first && isSkipped(line)) continue;
      joined += goesOn.test(line) ? line.replace(goesOn, '') : line;
      if (!goesOn.test(line)) break;
    }
    const [, keyword = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(joined) ?? [];
    const name = keyword.toUpperCase();
    const documents = takesHeredocs.has(name) ? heredocsAfter(lines, at, rest) : undefined;
    if (documents !== undefined) at = documents.last;
    const last = Math.min(at, lines.length - 1);
    found.push({
      keyword: name,
      text: [rest.trim(), ...(documents?.bodies ?? [])].join('\n'),
      line: first + 1,
      endLine: last + 1,
    });
  }
  return found;
}

function isSkipped(line: string): boolean {
  return /^\s*(?:#|$)/.test(line);
}

/** Directives stand before anything else, comments too. */
function escapeOf(lines: readonly string[]): string {
  for (const line of lines) {
    const directive = /^\s*#\s*([a-z]+)\s*=\s*(.*?)\s*$/i.exec(line);
    if (!directive) return '\\';
    if (directive[1]?.toLowerCase() === 'escape') return directive[2] ?? '\\';
  }
  return '\\';
}

/** The documents that end where a line is their word; undefined where there are none or one of them has no end. */
function heredocsAfter(lines: readonly string[], at: number, rest: string) {
  const wanted = [...rest.matchAll(heredocPattern)];
  if (wanted.length === 0) return undefined;
  const bodies: string[] = [];
  let last = at;
  for (const [, dash, , word = ''] of wanted) {
    const strip = (line: string) => (dash === '-' ? line.replace(/^\t+/, '') : line);
    const end = lines.findIndex((line, index) => index > last && strip(line) === word);
    if (end === -1) return undefined;
    bodies.push(...lines.slice(last + 1, end).map(strip));
    last = end;
  }
  return { bodies, last };
}
