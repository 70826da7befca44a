import type { FileType } from '../../model/file-entry.js';
import type { PartialEntry } from '../trie/values.js';
import { type ListFormat, type ListInput, malformed } from './format.js';
import { rooted } from './paths-of-lists.js';
import { type Numbered, recordsOf } from './records.js';

/** mtree(5), `type` */
const types: ReadonlyMap<string, FileType> = new Map([
  ['file', 'file'],
  ['dir', 'directory'],
  ['link', 'symlink'],
  ['fifo', 'fifo'],
  ['socket', 'socket'],
  ['block', 'block'],
  ['char', 'character'],
]);

/** Keywords of one entry with their values; one without a value tells nothing that is of use here. */
type Keywords = ReadonlyMap<string, string>;

/** What holds for the lines to come. */
interface State {
  /** The folder that names without a slash are in, as its parts. */
  readonly folder: string[];
  defaults: Keywords;
}

/**
 * A hierarchy of files as mtree(8) of the BSDs writes it, bsdtar and others: names below the folder that was named last,
 * `..` to leave it, or whole paths; `/set` gives what all entries have that do not say otherwise.
 * https://man.freebsd.org/cgi/man.cgi?query=mtree&sektion=5
 */
export const mtree: ListFormat = {
  title: 'list of files as mtree writes it',
  made: 'bsdtar -cf - --format=mtree --options=sha256 DIR, or mtree -c -k ...,sha256 -p DIR',
  isLike: ({ text }) => isMtree(text),
  async *read({ where, content }: ListInput) {
    const state: State = { folder: [], defaults: new Map() };
    let begun: Numbered | undefined;
    for await (const records of recordsOf(content, '\n', mtree, where)) {
      const entries: PartialEntry[] = [];
      for (const { text, number } of records) {
        const line = { text: (begun?.text ?? '') + text.trim(), number: begun?.number ?? number };
        const isContinued = line.text.endsWith('\\') && !line.text.startsWith('#');
        if (line.text.length > longest)
          throw malformed(mtree, where, `its line ${line.number} is longer than any entry`);
        begun = isContinued ? { text: `${line.text.slice(0, -1)} `, number: line.number } : undefined;
        if (!isContinued) entries.push(...entryIn(line, state, where));
      }
      yield entries;
    }
    if (begun) throw malformed(mtree, where, `its line ${begun.number} goes on after its end`);
  },
};

/** By its signature, which not all write, or by what the first line says that is no comment. */
function isMtree(text: string): boolean {
  const lines = text.split('\n').map((line) => line.trim());
  const first = lines.find((line) => line !== '' && !line.startsWith('#')) ?? '';
  return /^#mtree\b/.test(lines[0] ?? '') || /^\/set \w+=/.test(first) || /^\S+[ \t](?:.*[ \t])?type=\w/.test(first);
}

/** Of a line that goes on and on. */
const longest = 1 << 18;

function entryIn(line: Numbered, state: State, where: string): PartialEntry[] {
  const [first = '', ...words] = line.text.split(/\s+/);
  if (first === '' || first.startsWith('#')) return [];
  if (first === '/set') state.defaults = keywordsIn(words, state.defaults);
  else if (first === '/unset') state.defaults = without(state.defaults, words);
  else if (first === '..') state.folder.pop();
  else if (first.startsWith('/'))
    throw malformed(mtree, where, `its line ${line.number} has ${first}, which is no command`);
  else
    return [
      entryOf(first, keywordsIn(words, state.defaults), state, (what) =>
        malformed(mtree, where, `its line ${line.number} has ${what}`),
      ),
    ];
  return [];
}

function entryOf(word: string, keywords: Keywords, { folder }: State, wrong: (what: string) => Error): PartialEntry {
  const name = unescaped(word);
  const isWhole = word.includes('/');
  const said = keywords.get('type') ?? 'file';
  const type = types.get(said);
  if (type === undefined) throw wrong(`the type ${said}`);
  const path = rooted(isWhole || folder.length === 0 ? name : `${folder.join('/')}/${name}`);
  if (type === 'directory' && !isWhole && name !== '.') folder.push(name);
  const entry: { -readonly [Field in keyof PartialEntry]: PartialEntry[Field] } = { path, type };
  for (const [keyword, text] of keywords) {
    const read = readers.get(keyword);
    if (!read) continue;
    const [field, value] = read(text) ?? [];
    if (field === undefined) throw wrong(`${keyword}=${text}`);
    if (isOf(type, field)) Object.assign(entry, { [field]: value });
  }
  return entry;
}

/** Of each keyword that counts here what it says; undefined where it cannot be read. */
type Reader = (text: string) => readonly [field: keyof PartialEntry, value: unknown] | undefined;

const numberReader =
  (field: keyof PartialEntry, pattern: RegExp): Reader =>
  (text) => {
    const digits = pattern.exec(text)?.[0];
    return digits === undefined ? undefined : [field, Number.parseInt(digits, 10)];
  };
const hashReader: Reader = (text) => (/^[0-9a-f]{64}$/.test(text) ? ['hash', text] : undefined);

const readers: ReadonlyMap<string, Reader> = new Map([
  ['mode', (text) => (/^[0-7]{1,7}$/.test(text) ? ['mode', Number.parseInt(text, 8) & 0o7777] : undefined)],
  ['uid', numberReader('uid', /^\d+$/)],
  ['gid', numberReader('gid', /^\d+$/)],
  ['size', numberReader('size', /^\d+$/)],
  // Of NetBSD, whose fraction is a number of its own, the seconds alone are sure.
  ['time', numberReader('mtime', /^-?\d+/)],
  ['sha256', hashReader],
  ['sha256digest', hashReader],
  ['link', (text) => ['target', unescaped(text)]],
]);

function isOf(type: FileType, field: keyof PartialEntry): boolean {
  if (field === 'target') return type === 'symlink';
  return type === 'file' || (field !== 'size' && field !== 'hash');
}

function keywordsIn(words: readonly string[], defaults: Keywords): Keywords {
  const keywords = new Map(defaults);
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals > 0) keywords.set(word.slice(0, equals), word.slice(equals + 1));
  }
  return keywords;
}

function without(keywords: Keywords, words: readonly string[]): Keywords {
  return new Map(words.includes('all') ? [] : [...keywords].filter(([name]) => !words.includes(name)));
}

const letters: Readonly<Record<string, string>> = {
  ...{ n: '\n', r: '\r', b: '\b', a: '\x07', v: '\v', t: '\t', f: '\f', s: ' ', '0': '\0', E: '\x1b' },
};

/** vis(3): three octal digits; in C's letters; `\^C` of a control character, `\M-c` and `\M^C` with the highest bit. */
function unescaped(word: string): string {
  if (!word.includes('\\')) return word;
  return word.replace(
    /\\(?:([0-7]{3})|(M)?(?:\^([\s\S])|-([\s\S]))|([\s\S]))/g,
    (whole, octal, meta, control, plain, letter) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      const high = meta === undefined ? 0 : 0x80;
      if (control !== undefined)
        return String.fromCharCode(((control === '?' ? 0x7f : control.charCodeAt(0) & 0x1f) | high) & 0xff);
      if (plain !== undefined)
        return meta === undefined ? whole : String.fromCharCode((plain.charCodeAt(0) | high) & 0xff);
      return letters[letter] ?? letter;
    },
  );
}
