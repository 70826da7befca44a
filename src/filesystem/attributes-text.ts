import { comparePaths } from '../model/file-path.js';

/**
 * Extended attributes as entries of a trie have them: `name=HEX` lines in byte order, empty where there are none. Names
 * and values are latin1 views of their bytes.
 */
export function attributesText(attributes: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(attributes).sort(([a], [b]) => comparePaths(a, b));
  return lines.map(([name, value]) => `${name}=${Buffer.from(value, 'latin1').toString('hex')}`).join('\n');
}
