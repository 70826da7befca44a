import type { FilePath } from '../../model/file-path.js';
import type { PartialEntry } from '../trie/values.js';

/**
 * One path a line, as `find`, `tar -t` and `dpkg -L` print them; NUL instead of newlines is understood, too. The text is
 * the latin1 view of the bytes. A path that ends in a slash is a folder.
 */
export function readPaths(text: string): PartialEntry[] {
  const lines = text.split(text.includes('\0') ? '\0' : '\n');
  return lines.flatMap((line) => {
    if (line === '') return [];
    const path = (line.startsWith('/') ? line : `/${line.replace(/^(?:\.\/)+/, '')}`) as FilePath;
    return [path.endsWith('/') ? { path, type: 'directory' as const } : { path }];
  });
}
