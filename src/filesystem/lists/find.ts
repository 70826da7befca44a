import type { FileType } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import type { PartialEntry } from '../trie/values.js';
import { type ListFormat, type ListInput, malformed } from './format.js';
import { rooted } from './paths-of-lists.js';
import { type Numbered, recordsOf } from './records.js';

/** find(1): `%y`, and the first character of `-ls` and of `ls -l`, where a file has `-`. */
const types: Readonly<Record<string, FileType>> = {
  ...{ f: 'file', '-': 'file', d: 'directory', l: 'symlink' },
  ...{ p: 'fifo', s: 'socket', b: 'block', c: 'character' },
};

/**
 * What `find` tells of each file, not its path alone: by `-printf '%y %m %U %G %s %T@ %p\0%l\0'`, which holds whatever
 * names there are; by the same with tabs between and `\n` at the end (`'%y\t%m\t%U\t%G\t%s\t%T@\t%p\t%l\n'`); or by `-ls`.
 */
export const find: ListFormat = {
  title: 'list of files as find writes it',
  made: "find DIR -printf '%y %m %U %G %s %T@ %p\\0%l\\0'",
  isLike: ({ text }) => printedPattern.test(text) || listedPattern.test(text),
  async *read(input: ListInput) {
    const { where, head, content } = input;
    const isListed = listedPattern.test(head.text);
    const isEndedByNul = !isListed && head.bytes.includes(0);
    let pending: PartialEntry | undefined;
    for await (const records of recordsOf(content, isEndedByNul ? '\0' : '\n', find, where)) {
      const entries: PartialEntry[] = [];
      for (const record of records) {
        if (pending) {
          entries.push(withTarget(pending, record.text));
          pending = undefined;
        } else if (isListed) entries.push(...listed(record, where));
        else if (isEndedByNul) pending = printed(record, where);
        else if (record.text !== '') entries.push(printed(record, where));
      }
      yield entries;
    }
    if (pending) throw malformed(find, where, `it ends within the entry of ${pending.path}`);
  },
};

const printedPattern = /^([a-zA-Z])([ \t])([0-7]{1,4})\2(\d+)\2(\d+)\2(\d+)\2(-?\d+)(?:\.\d+)?\2([\s\S]*)$/;

function printed({ text, number }: Numbered, where: string): PartialEntry {
  const [, letter = '', separator = '', mode = '', uid = '', gid = '', size = '', mtime = '', rest = ''] =
    printedPattern.exec(text) ?? [];
  const type = types[letter];
  if (type === undefined || rest === '') throw malformed(find, where, `its line ${number} is no entry`);
  const tab = separator === '\t' ? rest.lastIndexOf('\t') : -1;
  const entry: PartialEntry = {
    path: rooted(tab < 0 ? rest : rest.slice(0, tab)),
    type,
    mode: Number.parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    mtime: Number(mtime),
  };
  const sized = type === 'file' ? Object.assign(entry, { size: Number(size) }) : entry;
  return tab < 0 ? sized : withTarget(sized, rest.slice(tab + 1));
}

function withTarget(entry: PartialEntry, target: string): PartialEntry {
  return entry.type === 'symlink' ? { ...entry, target: target as FilePath } : entry;
}

/** `INODE BLOCKS MODE LINKS USER GROUP SIZE DATE NAME[ -> TARGET]`; of a device two numbers for the size. */
const listedPattern =
  /^ *\d+ +\d+ +([-dlpsbc])([-r][-w][-xsS][-r][-w][-xsS][-r][-w][-xtT])[.+@]? +\d+ +(\S+) +(\S+) +(\d+(?:, *\d+)?) +\S+ +\d+ +[\d:]+ (.*)$/m;

function listed({ text, number }: Numbered, where: string): PartialEntry[] {
  if (text === '') return [];
  const [, letter = '', mode = '', user = '', group = '', size = '', name = ''] = listedPattern.exec(text) ?? [];
  const type = types[letter];
  if (type === undefined) throw malformed(find, where, `its line ${number} is no entry`);
  const arrow = type === 'symlink' ? name.indexOf(' -> ') : -1;
  const path = rooted(unescaped(arrow < 0 ? name : name.slice(0, arrow)));
  return [
    {
      ...{ path, type, mode: modeOf(mode), ...ownerOf('uid', user), ...ownerOf('gid', group) },
      ...(type === 'file' && { size: Number(size) }),
      ...(arrow >= 0 && { target: unescaped(name.slice(arrow + 4)) as FilePath }),
    },
  ];
}

/** It gives names of accounts, of which root's number alone is known. */
function ownerOf(field: 'uid' | 'gid', name: string): Partial<PartialEntry> {
  if (/^\d+$/.test(name)) return { [field]: Number(name) };
  return name === 'root' ? { [field]: 0 } : {};
}

/** `rwxr-sr-t`: a letter of the last of each three says whether it may be executed, too. */
export function modeOf(letters: string): number {
  const bits = [...letters].reduce((mode, letter, at) => {
    const isSet = at % 3 === 2 ? /[xst]/.test(letter) : letter !== '-';
    return isSet ? mode | (0o400 >> at) : mode;
  }, 0);
  const special = [2, 5, 8].reduce(
    (mode, at, nth) => (/[sStT]/.test(letters[at] ?? '') ? mode | (0o4000 >> nth) : mode),
    0,
  );
  return bits | special;
}

const named: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\x07' },
};

/** find(1), "UNUSUAL FILENAMES": a backslash before a space, a quote or itself, C's letters, and three octal digits. */
function unescaped(name: string): string {
  if (!name.includes('\\')) return name;
  return name.replace(/\\([0-7]{3}|[\s\S])/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8) & 0xff) : (named[code] ?? code),
  );
}
