import type { FileChange } from '../filesystem/diff/file-comparison.js';
import { comparePaths } from '../model/file-path.js';
import { showBytes } from '../model/sizes.js';
import { changeLine } from './format-text.js';

/**
 * One line for each change, but one for a directory that was added or removed with all that was so with it. The order
 * is that of paths with what lies in a directory right after it.
 */
export function collapse(changes: readonly FileChange[]): string[] {
  const lines: { change: FileChange; entries: number; bytes: number }[] = [];
  const tops = new Map<string, { prefix: string; at: number }>();
  for (const change of [...changes].sort((a, b) => comparePaths(`${a.path}/`, `${b.path}/`))) {
    const entry = change.after ?? change.before;
    const bytes = entry?.type === 'directory' ? 0 : (entry?.size ?? 0);
    const kind = change.verdicts.length === 1 ? (change.verdicts[0] as string) : '';
    const top = tops.get(kind);
    const line = top && change.path.startsWith(top.prefix) ? lines[top.at] : undefined;
    if (line && change.sharedWith === undefined) {
      line.entries++;
      line.bytes += bytes;
      continue;
    }
    if (entry?.type === 'directory' && (kind === 'added' || kind === 'removed'))
      tops.set(kind, { prefix: `${change.path}/`, at: lines.length });
    lines.push({ change, entries: 1, bytes });
  }
  return lines.map(({ change, entries, bytes }) =>
    entries === 1 ? changeLine(change) : changeLine(change, `${entries} entries, ${showBytes(bytes)}`),
  );
}
