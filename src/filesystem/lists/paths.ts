import type { PartialEntry } from '../trie/values.js';
import { type ListFormat, type ListInput, malformed } from './format.js';
import { rooted } from './paths-of-lists.js';
import { recordsOf } from './records.js';

/**
 * One path a line, as `find`, `tar -t`, `dpkg -L` and `rpm -qla` print them; NUL instead of newlines is understood, too.
 * A path that ends in a slash is a folder.
 */
export const paths: ListFormat = {
  title: 'list of paths',
  made: 'find DIR -print0, or any command that prints one path a line',
  isGuess: true,
  isLike: () => true,
  async *read(input: ListInput) {
    const { where, head, content } = input;
    if (isBinary(head.bytes)) throw malformed(paths, where, 'it is no text');
    const end = head.bytes.includes(0) ? '\0' : '\n';
    const isDpkg = /^\/\.\r?\n/.test(head.text);
    for await (const records of recordsOf(content, end, paths, where)) {
      yield records.flatMap(({ text }) => (isDpkg && sayings.test(text) ? [] : entriesOf(text)));
    }
  },
};

/** What dpkg -L says between the paths of a package (dpkg's src/query/main.c). */
const sayings = /^(?:package diverts others to|diverted by [^ ]+ to|locally diverted to): /;

/** What rpm -ql prints of a package without files. */
const nothing = '(contains no files)';

function entriesOf(line: string): PartialEntry[] {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  if (text === '' || text === nothing) return [];
  const path = rooted(text);
  return [path.endsWith('/') ? { path, type: 'directory' as const } : { path }];
}

/** Names of files are any bytes, but few have control characters: what has many is something else. */
function isBinary(head: Buffer): boolean {
  let controls = 0;
  for (const byte of head) if (byte < 32 && ![0, 9, 10, 13, 27].includes(byte)) controls++;
  return controls * 50 > head.length;
}
