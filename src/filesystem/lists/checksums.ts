import type { PartialEntry } from '../trie/values.js';
import { type ListFormat, type ListInput, malformed } from './format.js';
import { rooted } from './paths-of-lists.js';
import { recordsOf } from './records.js';

const pattern = /^(\\?)([0-9a-f]{64}) [ *]([\s\S]+)$/;

/** `HASH  PATH`, one file a line; a name with a backslash or a line end is escaped, and its line begins with a backslash. */
export const checksums: ListFormat = {
  title: 'list of files as sha256sum writes it',
  made: 'find DIR -type f -print0 | xargs -0 sha256sum',
  isLike: ({ text }) => /^\\?[0-9a-f]{64} [ *]/.test(text),
  async *read({ where, head, content }: ListInput) {
    const end = head.bytes.includes(0) ? '\0' : '\n';
    for await (const records of recordsOf(content, end, checksums, where)) {
      yield records.flatMap(({ text, number }): PartialEntry[] => {
        if (text === '') return [];
        const [, isEscaped, hash, name] = pattern.exec(text) ?? [];
        if (hash === undefined || name === undefined) {
          throw malformed(checksums, where, `its line ${number} is no hash with a path`);
        }
        return [{ path: rooted(isEscaped ? unescaped(name) : name), type: 'file', hash }];
      });
    }
  },
};

function unescaped(name: string): string {
  const named: Readonly<Record<string, string>> = { n: '\n', r: '\r' };
  return name.replace(/\\(.)/g, (_, letter: string) => named[letter] ?? letter);
}
