import { isIgnored } from '../comparison/wildcard.js';
import { linesOf } from './lines.js';

/** A line of a dump, and what it lies in. */
export interface DumpLine {
  readonly text: string;
  /** Such as `/results/t:units` of an attribute, or `/results/t(0,3)` of a number. */
  readonly place: () => string;
}

interface Level {
  readonly name: string;
  readonly isAttribute: boolean;
  readonly isIgnored: boolean;
}

const opening = /^(GROUP|DATASET|ATTRIBUTE|DATATYPE|SOFTLINK|EXTERNAL_LINK) "((?:[^"\\]|\\.)*)" \{$/;
const index = /^(\([\d,]+\)): (.*)$/s;

/** The lines of a dump that count, without those of what is ignored. */
export function* placedLines(dump: Buffer, ignored: readonly string[] | undefined): Generator<DumpLine, void> {
  const levels: Level[] = [];
  let isFirst = true;
  for (const line of linesOf(dump)) {
    const text = withoutAddresses(line.trim());
    const isFileName = isFirst;
    isFirst = false;
    // The first line has the name of the file.
    if (isFileName || text === '') continue;
    const above = levels.at(-1);
    if (text.endsWith('{')) levels.push(levelOf(text, levels, ignored));
    if (/^\},?$/.test(text)) levels.pop();
    if (above?.isIgnored || levels.at(-1)?.isIgnored) continue;
    const [, position = '', value = text] = index.exec(text) ?? [];
    const path = pathOf(levels);
    yield { text: value, place: () => `${path}${position}` };
  }
}

function levelOf(text: string, levels: readonly Level[], ignored: readonly string[] | undefined): Level {
  const [, kind, quoted = ''] = opening.exec(text) ?? [];
  const name = quoted === '/' ? '' : Buffer.from(quoted, 'latin1').toString('utf8');
  const level = { name, isAttribute: kind === 'ATTRIBUTE', isIgnored: false };
  const isNamed = name !== '' && (isIgnored(name, ignored) || isIgnored(pathOf([...levels, level]), ignored));
  return { ...level, isIgnored: isNamed || (levels.at(-1)?.isIgnored ?? false) };
}

function pathOf(levels: readonly Level[]): string {
  const path = levels.map(({ name, isAttribute }) => (name === '' ? '' : `${isAttribute ? ':' : '/'}${name}`));
  return path.join('') || '/';
}

/** Where a referenced object lies is not what it is; what stands in quotes is data. */
function withoutAddresses(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\b(DATASET|GROUP|DATATYPE) \d+ (?=")/g, (whole, kind?: string) =>
    kind === undefined ? whole : `${kind} `,
  );
}
